#include "quant/cpu.h"

namespace lockstep::quant {

CpuFeatures ThisCpu() {
  CpuFeatures features;
  features.avx2 = __builtin_cpu_supports("avx2");
  return features;
}

}  // namespace lockstep::quant
