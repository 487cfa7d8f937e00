// The instruction layers in plain C++: what each instruction does to every
// lane, as the manual describes it, on GCC's vectors of any length, which every
// CPU can compute.

#include <cstdint>
#include <cstring>

#define LOCKSTEP_UNROLL _Pragma("GCC unroll 1")
#include "quant/kernels/microkernels-inl.h"

namespace lockstep::quant {
namespace {

template <int kVectorLanes, int kVectors, bool kU8S8>
struct Emulated {
  static constexpr int kLanes = kVectorLanes;
  static constexpr int kMaxVectors = kVectors;
  static constexpr bool kHasU8S8 = kU8S8;

  // Unsigned where sums and products may wrap.
  typedef uint32_t Vec __attribute__((vector_size(4 * kVectorLanes)));
  typedef int32_t Signed __attribute__((vector_size(4 * kVectorLanes)));
  typedef uint64_t Long __attribute__((vector_size(4 * kVectorLanes)));
  typedef int64_t SignedLong __attribute__((vector_size(4 * kVectorLanes)));

  static LOCKSTEP_INLINE Vec Load(const void* from) {
    Vec a;
    std::memcpy(&a, from, sizeof(a));
    return a;
  }
  static LOCKSTEP_INLINE void Store(int32_t* to, Vec a) {
    std::memcpy(to, &a, sizeof(a));
  }
  static LOCKSTEP_INLINE Vec Broadcast(int32_t a) {
    return Vec{} + static_cast<uint32_t>(a);
  }
  static LOCKSTEP_INLINE Vec Opaque(Vec a) {
    __asm__ volatile("" : "+m"(a));
    return a;
  }
  static LOCKSTEP_INLINE Vec Add(Vec a, Vec b) { return a + b; }
  static LOCKSTEP_INLINE Vec Sub(Vec a, Vec b) { return a - b; }
  static LOCKSTEP_INLINE Vec And(Vec a, Vec b) { return a & b; }
  static LOCKSTEP_INLINE Vec MultiplyLow(Vec a, Vec b) { return a * b; }
  template <int n>
  static LOCKSTEP_INLINE Vec ShiftLeft(Vec a) {
    return a << n;
  }
  template <int n>
  static LOCKSTEP_INLINE Vec ShiftRight(Vec a) {
    return a >> n;
  }
  template <int n>
  static LOCKSTEP_INLINE Vec ShiftRightSigned(Vec a) {
    return (Vec)((Signed)(a) >> n);
  }

  // vpmaddwd and vpaddd, or vpdpwssd.
  static LOCKSTEP_INLINE Vec DotS16(Vec sum, Vec a, Vec w) {
    const Vec low =
        (Vec)((Signed)(a << 16) >> 16) * (Vec)((Signed)(w << 16) >> 16);
    return sum + low + (Vec)((Signed)(a) >> 16) * (Vec)((Signed)(w) >> 16);
  }
  // vpdpbusd.
  static LOCKSTEP_INLINE Vec DotU8S8(Vec sum, Vec a, Vec w) {
#pragma GCC unroll 4
    for (int byte = 0; byte < 32; byte += 8)
      sum += (a >> byte & 255) * (Vec)((Signed)(w << (24 - byte)) >> 24);
    return sum;
  }

  static LOCKSTEP_INLINE Vec MultiplyEven(Vec a, Vec b) {
    return (Vec)(((SignedLong)a << 32 >> 32) * ((SignedLong)b << 32 >> 32));
  }
  static LOCKSTEP_INLINE Vec Odds(Vec a) { return (Vec)((Long)a >> 32); }
  static LOCKSTEP_INLINE Vec Add64(Vec a, Vec b) {
    return (Vec)((Long)a + (Long)b);
  }
  static LOCKSTEP_INLINE Vec HighHalves(Vec even, Vec odd) {
    return (Vec)((Long)even >> 32 | ((Long)odd >> 32 << 32));
  }

  static LOCKSTEP_INLINE Vec LoadU8(const uint8_t* from) {
    uint32_t lanes[kLanes];
    for (int i = 0; i < kLanes; ++i) lanes[i] = from[i];
    return Load(lanes);
  }
  static LOCKSTEP_INLINE void StoreU8(uint8_t* to, Vec a) {
    int32_t lanes[kLanes];
    Store(lanes, a);
    for (int i = 0; i < kLanes; ++i)
      to[i] = lanes[i] < 0 ? 0 : lanes[i] > 255 ? 255 : lanes[i];
  }

  typedef uint16_t Half __attribute__((vector_size(32)));
  static LOCKSTEP_INLINE Half LoadHalf(const uint8_t* from) {
    Half a;
    for (int i = 0; i < 16; ++i) a[i] = from[i];
    return a;
  }
  static LOCKSTEP_INLINE void StoreHalf(int16_t* to, Half a) {
    std::memcpy(to, &a, sizeof(a));
  }
  static LOCKSTEP_INLINE Half AddHalf(Half a, Half b) { return a + b; }
  static LOCKSTEP_INLINE Half SubHalf(Half a, Half b) { return a - b; }
  template <int n>
  static LOCKSTEP_INLINE Half ShiftLeftHalf(Half a) {
    return a << n;
  }
};

}  // namespace

const Microkernels& EmulatedAvx2Microkernels() {
  static constexpr Microkernels kSet =
      MakeMicrokernels<Emulated<8, 2, false>>("emulated-avx2");
  return kSet;
}

const Microkernels& EmulatedAvxVnniMicrokernels() {
  static constexpr Microkernels kSet =
      MakeMicrokernels<Emulated<8, 2, true>>("emulated-avxvnni");
  return kSet;
}

const Microkernels& EmulatedAvx512VnniMicrokernels() {
  static constexpr Microkernels kSet =
      MakeMicrokernels<Emulated<16, 4, true>>("emulated-avx512vnni");
  return kSet;
}

}  // namespace lockstep::quant
