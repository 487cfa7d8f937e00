// The machine this program runs on.

#ifndef LOCKSTEP_TOOLS_CLI_MACHINE_H_
#define LOCKSTEP_TOOLS_CLI_MACHINE_H_

#include <string>

namespace lockstep {

// "AMD EPYC (family 25 model 17)" from /proc/cpuinfo, or "unknown CPU".
std::string CpuName();

// How many cores this process may run on (sched_getaffinity), at least 1.
int UsableCores();

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_CLI_MACHINE_H_
