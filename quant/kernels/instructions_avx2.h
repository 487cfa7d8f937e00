// The instruction layer of AVX2 (microkernels-inl.h), and its half vectors for
// wider ISAs. Include it only in files compiled with -mavx2.

#ifndef LOCKSTEP_QUANT_KERNELS_INSTRUCTIONS_AVX2_H_
#define LOCKSTEP_QUANT_KERNELS_INSTRUCTIONS_AVX2_H_

#include <immintrin.h>

#include <cstdint>

namespace lockstep::quant {
namespace {

// 16 int16.
struct Avx2Half {
  using Half = __m256i;
  static Half LoadHalf(const uint8_t* from) {
    return _mm256_cvtepu8_epi16(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  }
  static void StoreHalf(int16_t* to, Half a) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), a);
  }
  static Half AddHalf(Half a, Half b) { return _mm256_add_epi16(a, b); }
  static Half SubHalf(Half a, Half b) { return _mm256_sub_epi16(a, b); }
  template <int n>
  static Half ShiftLeftHalf(Half a) {
    return _mm256_slli_epi16(a, n);
  }
};

struct Avx2 : Avx2Half {
  static constexpr int kLanes = 8;
  static constexpr int kMaxVectors = 2;
  static constexpr bool kHasU8S8 = false;
  using Vec = __m256i;

  static Vec Load(const void* from) {
    return _mm256_loadu_si256(static_cast<const __m256i*>(from));
  }
  static void Store(int32_t* to, Vec a) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), a);
  }
  static Vec Broadcast(int32_t a) { return _mm256_set1_epi32(a); }
  static Vec Opaque(Vec a) {
    __asm__ volatile("" : "+x"(a));
    return a;
  }
  static Vec Add(Vec a, Vec b) { return _mm256_add_epi32(a, b); }
  static Vec Sub(Vec a, Vec b) { return _mm256_sub_epi32(a, b); }
  static Vec And(Vec a, Vec b) { return _mm256_and_si256(a, b); }
  static Vec MultiplyLow(Vec a, Vec b) { return _mm256_mullo_epi32(a, b); }
  template <int n>
  static Vec ShiftLeft(Vec a) {
    return _mm256_slli_epi32(a, n);
  }
  template <int n>
  static Vec ShiftRight(Vec a) {
    return _mm256_srli_epi32(a, n);
  }
  template <int n>
  static Vec ShiftRightSigned(Vec a) {
    return _mm256_srai_epi32(a, n);
  }
  static Vec DotS16(Vec sum, Vec a, Vec w) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(a, w));
  }

  static Vec MultiplyEven(Vec a, Vec b) { return _mm256_mul_epi32(a, b); }
  static Vec Odds(Vec a) { return _mm256_srli_epi64(a, 32); }
  static Vec Add64(Vec a, Vec b) { return _mm256_add_epi64(a, b); }
  static Vec HighHalves(Vec even, Vec odd) {
    return _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
  }

  static Vec LoadU8(const uint8_t* from) {
    return _mm256_cvtepu8_epi32(
        _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
  }
  // Saturating to s16 first is right: u16 would turn 65535 into -1.
  static void StoreU8(uint8_t* to, Vec a) {
    const __m128i halves = _mm_packs_epi32(_mm256_castsi256_si128(a),
                                           _mm256_extracti128_si256(a, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to),
                     _mm_packus_epi16(halves, halves));
  }
};

}  // namespace
}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_INSTRUCTIONS_AVX2_H_
