// Compiled with -mavx2 -mavxvnni.

#include "quant/kernels/instructions_avx2.h"
#include "quant/kernels/microkernels-inl.h"

namespace lockstep::quant {
namespace {

struct AvxVnni : Avx2 {
  static constexpr bool kHasU8S8 = true;
  static Vec DotU8S8(Vec sum, Vec a, Vec w) {
    return _mm256_dpbusd_avx_epi32(sum, a, w);
  }
  static Vec DotS16(Vec sum, Vec a, Vec w) {
    return _mm256_dpwssd_avx_epi32(sum, a, w);
  }
};

}  // namespace

const Microkernels& AvxVnniMicrokernels() {
  static constexpr Microkernels kSet = MakeMicrokernels<AvxVnni>("avxvnni");
  return kSet;
}

}  // namespace lockstep::quant
