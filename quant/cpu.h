// What this machine's CPU can do.

#ifndef LOCKSTEP_QUANT_CPU_H_
#define LOCKSTEP_QUANT_CPU_H_

namespace lockstep::quant {

// The instruction sets that kernels need, so that their choice can be tested
// with invented ones.
struct CpuFeatures {
  bool avx2 = false;
};

// Those of the CPU that this runs on.
CpuFeatures ThisCpu();

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_CPU_H_
