// Compiled with -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni.

#include "quant/kernels/instructions_avx2.h"
#include "quant/kernels/microkernels-inl.h"

namespace lockstep::quant {
namespace {

struct Avx512Vnni : Avx2Half {
  static constexpr int kLanes = 16;
  static constexpr int kMaxVectors = 4;
  static constexpr bool kHasU8S8 = true;
  using Vec = __m512i;

  static Vec Load(const void* from) { return _mm512_loadu_si512(from); }
  static void Store(int32_t* to, Vec a) { _mm512_storeu_si512(to, a); }
  static Vec Broadcast(int32_t a) { return _mm512_set1_epi32(a); }
  static Vec Opaque(Vec a) {
    __asm__ volatile("" : "+v"(a));
    return a;
  }
  static Vec Add(Vec a, Vec b) { return _mm512_add_epi32(a, b); }
  static Vec Sub(Vec a, Vec b) { return _mm512_sub_epi32(a, b); }
  static Vec And(Vec a, Vec b) { return _mm512_and_si512(a, b); }
  static Vec MultiplyLow(Vec a, Vec b) { return _mm512_mullo_epi32(a, b); }
  template <int n>
  static Vec ShiftLeft(Vec a) {
    return _mm512_slli_epi32(a, n);
  }
  template <int n>
  static Vec ShiftRight(Vec a) {
    return _mm512_srli_epi32(a, n);
  }
  template <int n>
  static Vec ShiftRightSigned(Vec a) {
    return _mm512_srai_epi32(a, n);
  }
  static Vec DotU8S8(Vec sum, Vec a, Vec w) {
    return _mm512_dpbusd_epi32(sum, a, w);
  }
  static Vec DotS16(Vec sum, Vec a, Vec w) {
    return _mm512_dpwssd_epi32(sum, a, w);
  }

  static Vec MultiplyEven(Vec a, Vec b) { return _mm512_mul_epi32(a, b); }
  static Vec Odds(Vec a) { return _mm512_srli_epi64(a, 32); }
  static Vec Add64(Vec a, Vec b) { return _mm512_add_epi64(a, b); }
  static Vec HighHalves(Vec even, Vec odd) {
    return _mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 32), odd);
  }

  static Vec LoadU8(const uint8_t* from) {
    return _mm512_cvtepu8_epi32(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  }
  static void StoreU8(uint8_t* to, Vec a) {
    _mm_storeu_si128(
        reinterpret_cast<__m128i*>(to),
        _mm512_cvtusepi32_epi8(_mm512_max_epi32(a, _mm512_setzero_si512())));
  }
};

}  // namespace

const Microkernels& Avx512VnniMicrokernels() {
  static constexpr Microkernels kSet =
      MakeMicrokernels<Avx512Vnni>("avx512vnni");
  return kSet;
}

}  // namespace lockstep::quant
