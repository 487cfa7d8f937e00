#include "tools/cli/machine.h"

#include <sched.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace lockstep {

namespace {

// The value of the first line "name : value" of a file, "" without one.
std::string ValueIn(const char* path, absl::string_view name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(':');
    if (colon == line.npos) continue;
    const absl::string_view key(line.data(), colon);
    if (absl::StripAsciiWhitespace(key) != name) continue;
    return std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
  }
  return "";
}

std::string CpuInfo(absl::string_view name) {
  return ValueIn("/proc/cpuinfo", name);
}

}  // namespace

std::string CpuName() {
  const std::string name = CpuInfo("model name");
  if (name.empty()) return "unknown CPU";
  // Virtual machines shorten the name; the numbers tell the generation.
  return absl::StrCat(name, " (family ", CpuInfo("cpu family"), " model ",
                      CpuInfo("model"), ")");
}

int UsableCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

std::string MachineId() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string boot;
  std::getline(file, boot);
  const std::string cores =
      ValueIn("/proc/thread-self/status", "Cpus_allowed_list");
  if (boot.empty() || cores.empty()) return "";
  // Random (UUID 4), so its first 16 digits are as good as a hash.
  boot.erase(std::remove(boot.begin(), boot.end(), '-'), boot.end());
  return absl::StrCat(boot.substr(0, 16), "/", cores);
}

}  // namespace lockstep
