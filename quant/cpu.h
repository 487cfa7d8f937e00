// What this machine's CPU is and can do.

#ifndef LOCKSTEP_QUANT_CPU_H_
#define LOCKSTEP_QUANT_CPU_H_

#include <string>

namespace lockstep::quant {

// The instruction sets that kernels need, so that their choice can be tested
// with invented ones.
struct CpuFeatures {
  bool avx2 = false;
};

// Those of the CPU that this runs on.
CpuFeatures ThisCpu();

// "AMD EPYC 9B14 ..." from /proc/cpuinfo, or "unknown CPU".
std::string CpuName();

// How many cores this process may run on (sched_getaffinity), at least 1.
int UsableCores();

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_CPU_H_
