// Compiled with -mavx2.

#include "quant/kernels/instructions_avx2.h"
#include "quant/kernels/microkernels-inl.h"

namespace lockstep::quant {

const Microkernels& Avx2Microkernels() {
  static constexpr Microkernels kSet = MakeMicrokernels<Avx2>("avx2");
  return kSet;
}

}  // namespace lockstep::quant
