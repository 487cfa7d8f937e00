// What this machine's CPU can do.

#ifndef LOCKSTEP_QUANT_CPU_H_
#define LOCKSTEP_QUANT_CPU_H_

#include <cstddef>

namespace lockstep::quant {

// The instruction sets that kernels need, so that their choice can be tested
// with invented ones. True only where the CPU has them and the operating system
// keeps their registers (XCR0; for AMX also the permission of arch_prctl).
struct CpuFeatures {
  bool avx2 = false;
  bool avxvnni = false;     // 256-bit vpdpbusd, with avx2
  bool avx512vnni = false;  // with AVX-512 F, BW, DQ, VL and avx2
  bool amx = false;         // tiles of int8, with avx512vnni
};

// Those of the CPU that this runs on. Asks Linux for the permission to use AMX,
// for the whole process.
CpuFeatures ThisCpu();

// Of a core; 512 KiB where the system does not say.
size_t SecondLevelCacheBytes();

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_CPU_H_
