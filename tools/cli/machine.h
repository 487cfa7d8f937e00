// The machine this program runs on.

#ifndef LOCKSTEP_TOOLS_CLI_MACHINE_H_
#define LOCKSTEP_TOOLS_CLI_MACHINE_H_

#include <string>

namespace lockstep {

// "AMD EPYC (family 25 model 17)" from /proc/cpuinfo, or "unknown CPU".
std::string CpuName();

// How many cores this process may run on (sched_getaffinity), at least 1.
int UsableCores();

// "106b322ea94f4fba/0-3,8": the boot of the kernel, and the cores that this
// process may run on. The same text for processes that share those cores,
// whatever host names their containers or network namespaces have; another one
// for each if they are bound to cores of their own. "" if the kernel does not
// tell.
std::string MachineId();

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_CLI_MACHINE_H_
