#include "tools/cli/machine.h"

#include <sched.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace lockstep {

std::string CpuName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!absl::StartsWith(line, "model name")) continue;
    const std::string name = line.substr(line.find(':') + 1);
    return std::string(absl::StripAsciiWhitespace(name));
  }
  return "unknown CPU";
}

int UsableCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

}  // namespace lockstep
