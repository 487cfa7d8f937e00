#include "train/launch/launcher_process.h"

#include <limits.h>
#include <unistd.h>

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/cli/file.h"

namespace lockstep {
namespace {

// More than any chain of shells and wrappers; ends the walk in any case.
constexpr int kMaxAncestors = 64;

// The fields of /proc/PID/stat from the third on: state, parent, ... A
// program's name, the second, may hold anything, so the last ')' counts.
std::vector<std::string> StatFields(int pid) {
  const auto text = ReadFile(absl::StrCat("/proc/", pid, "/stat"));
  if (!text.ok()) return {};
  const size_t name_end = text->rfind(") ");
  if (name_end == std::string::npos) return {};
  return absl::StrSplit(text->substr(name_end + 2), ' ');
}

int ParentOf(int pid) {
  const std::vector<std::string> fields = StatFields(pid);
  int parent = 0;
  if (fields.size() < 2 || !absl::SimpleAtoi(fields[1], &parent)) return 0;
  return parent;
}

// "HOST.PID.START"; START is in clock ticks since boot.
std::string Describe(int pid) {
  constexpr size_t kStartTime = 19;
  const std::vector<std::string> fields = StatFields(pid);
  if (fields.size() <= kStartTime) return "";
  return absl::StrCat(ThisHostName(), ".", pid, ".", fields[kStartTime]);
}

}  // namespace

std::string ThisHostName() {
  char name[HOST_NAME_MAX + 1] = "";
  if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0')
    return "localhost";
  return name;
}

std::string LauncherProcess(const std::string& variable) {
  const std::string entry = absl::StrCat(std::string(1, '\0'), variable, "=");
  int pid = getpid();
  for (int i = 0; i < kMaxAncestors; ++i) {
    pid = ParentOf(pid);
    if (pid <= 0) return "";
    const auto environment = ReadFile(absl::StrCat("/proc/", pid, "/environ"));
    if (!environment.ok()) return "";
    if (!absl::StrContains(std::string(1, '\0') + *environment, entry))
      return Describe(pid);
  }
  return "";
}

}  // namespace lockstep
