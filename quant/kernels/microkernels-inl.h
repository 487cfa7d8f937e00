// The micro-kernels over a layer of instructions `V`, for inclusion in the file
// of one instruction set. `V` must be a type of that file alone (in an unnamed
// namespace): the linker may then never take one ISA's code for another's.
//
// V has
//   kLanes, kMaxVectors, kHasU8S8
//   Vec   kLanes int32 (or pairs of s16, or fours of 8 bits)
//     Load Store Broadcast(int32) Add Sub ShiftLeft<n> ShiftRight<n> (logical)
//     MultiplyLow And DotS16 [DotU8S8]
//     MultiplyEven(a, b): int64 products of the even lanes; Odds(a): odd lanes
//     in the even places; Add64; HighHalves(even, odd): upper 32 bits of each
//     LoadU8(from): kLanes bytes; StoreU8(to, a): kLanes bytes, clamped
//     Opaque(a): a, of which the compiler then knows nothing
//   Half  16 int16
//     LoadHalf(from): 16 bytes, widened; StoreHalf AddHalf SubHalf
//     ShiftLeftHalf<n>

#ifndef LOCKSTEP_QUANT_KERNELS_MICROKERNELS_INL_H_
#define LOCKSTEP_QUANT_KERNELS_MICROKERNELS_INL_H_

#include <cstring>

#include "quant/kernels/microkernels.h"

#define LOCKSTEP_INLINE inline __attribute__((always_inline))
// Before every loop over registers: only unrolled do they stay in them. A file
// that emulates vectors in memory defines it as "unroll 1" for its size.
#ifndef LOCKSTEP_UNROLL
#define LOCKSTEP_UNROLL _Pragma("GCC unroll 8")
#endif
#define LOCKSTEP_UNROLL_TWICE _Pragma("GCC unroll 2")
#define LOCKSTEP_UNROLL_ALL _Pragma("GCC unroll 24")

namespace lockstep::quant {
namespace {

// -- Sums --------------------------------------------------------------------

// Rows of a block that leave registers for its weights and an input: 6 x 4 of
// AVX-512's 32, 6 x 2 of AVX2's 16. Few vectors take more rows, so that there
// are enough sums to hide the latency of the products.
constexpr int MaxRows(int vectors, int max_vectors) {
  return vectors * 2 > max_vectors ? 6 : 8;
}

template <class V>
struct U8S8 {
  static constexpr int kElements = 4;  // of a step
  static LOCKSTEP_INLINE typename V::Vec Dot(typename V::Vec sum,
                                             typename V::Vec a,
                                             typename V::Vec w) {
    return V::DotU8S8(sum, a, w);
  }
};

template <class V>
struct S16 {
  static constexpr int kElements = 2;
  static LOCKSTEP_INLINE typename V::Vec Dot(typename V::Vec sum,
                                             typename V::Vec a,
                                             typename V::Vec w) {
    return V::DotS16(sum, a, w);
  }
};

LOCKSTEP_INLINE int32_t LoadStep(const uint8_t* from) {
  int32_t step;
  std::memcpy(&step, from, sizeof(step));
  return step;
}

// Hardware prefetching stops at each page; a batch of one image reads every
// weight from beyond the second-level cache.
constexpr size_t kPrefetchBytes = 4096;

template <int kBytes>
LOCKSTEP_INLINE void PrefetchWeights(const uint8_t* weights) {
  LOCKSTEP_UNROLL
  for (int i = 0; i < kBytes; i += 64)
    __builtin_prefetch(weights + kPrefetchBytes + i);
}

template <class V, class Product, int kRows, int kVectors>
void Sums(const SumsTask& task) {
  typename V::Vec sums[kRows][kVectors];
  LOCKSTEP_UNROLL
  for (int r = 0; r < kRows; ++r) {
    const int32_t* initial =
        task.initial != nullptr ? task.initial : task.sums[r];
    LOCKSTEP_UNROLL
    for (int v = 0; v < kVectors; ++v)
      sums[r][v] = V::Load(initial + v * V::kLanes);
  }
  for (int i = 0; i < task.run_count; ++i) {
    const Run run = task.runs[i];
    const uint8_t* weights =
        task.weights + size_t(run.first) * kVectors * sizeof(typename V::Vec);
    const uint8_t* rows[kRows];
    LOCKSTEP_UNROLL
    for (int r = 0; r < kRows; ++r) rows[r] = task.rows[r] + run.input;
    LOCKSTEP_UNROLL_TWICE
    for (size_t at = 0; at < size_t{4} * run.steps; at += 4) {
      typename V::Vec w[kVectors];
      LOCKSTEP_UNROLL
      for (int v = 0; v < kVectors; ++v)
        w[v] = V::Load(weights + v * sizeof(typename V::Vec));
      PrefetchWeights<kVectors * sizeof(typename V::Vec)>(weights);
      weights += kVectors * sizeof(typename V::Vec);
      LOCKSTEP_UNROLL
      for (int r = 0; r < kRows; ++r) {
        const typename V::Vec a = V::Broadcast(LoadStep(rows[r] + at));
        LOCKSTEP_UNROLL
        for (int v = 0; v < kVectors; ++v)
          sums[r][v] = Product::Dot(sums[r][v], a, w[v]);
      }
    }
  }
  LOCKSTEP_UNROLL
  for (int r = 0; r < kRows; ++r) {
    LOCKSTEP_UNROLL
    for (int v = 0; v < kVectors; ++v)
      V::Store(task.sums[r] + v * V::kLanes, sums[r][v]);
  }
}

// Calls Sums for task.row_count, which is at most kRows.
template <class V, class Product, int kVectors, int kRows>
LOCKSTEP_INLINE void SumsOfRows(const SumsTask& task) {
  if constexpr (kRows > 0) {
    if (task.row_count == kRows) return Sums<V, Product, kRows, kVectors>(task);
    SumsOfRows<V, Product, kVectors, kRows - 1>(task);
  }
}

template <class V, class Product, int kVectors>
LOCKSTEP_INLINE void SumsOfBlock(const SumsTask& task) {
  if constexpr (kVectors > 0) {
    if (task.vectors == kVectors)
      return SumsOfRows<V, Product, kVectors,
                        MaxRows(kVectors, V::kMaxVectors)>(task);
    SumsOfBlock<V, Product, kVectors - 1>(task);
  }
}

template <class V, class Product>
void AllSums(const SumsTask& task) {
  SumsOfBlock<V, Product, V::kMaxVectors>(task);
}

// As many independent sums as a block has, so that latency hides.
template <class V, class Product>
int64_t Probe(size_t rounds) {
  constexpr int kSums = 6 * V::kMaxVectors;
  typename V::Vec a = V::Broadcast(0x01010101), sums[kSums];
  LOCKSTEP_UNROLL_ALL
  for (int i = 0; i < kSums; ++i) sums[i] = V::Broadcast(i);
  for (size_t round = 0; round < rounds; ++round) {
    LOCKSTEP_UNROLL_ALL
    for (int i = 0; i < kSums; ++i) {
      a = V::Opaque(a);
      sums[i] = Product::Dot(sums[i], a, a);
    }
  }
  LOCKSTEP_UNROLL_ALL
  for (int i = 0; i < kSums; ++i) sums[i] = V::Opaque(sums[i]);
  return int64_t{kSums} * V::kLanes * Product::kElements * rounds;
}

// -- Requantisation ----------------------------------------------------------

// The parameters of one vector of channels.
template <class V>
struct Channels {
  typename V::Vec multiplier, odd_multiplier, even_offset, odd_offset;

  LOCKSTEP_INLINE Channels(const RequantizeTask& task, int first)
      : multiplier(V::Load(task.multiplier + first)),
        odd_multiplier(V::Odds(multiplier)),
        even_offset(V::Load(task.offset + first)),
        odd_offset(V::Load(task.offset + first + V::kLanes / 2)) {}
};

template <class V, ResidualKind kResidual, OutputKind kOutput>
LOCKSTEP_INLINE void RequantizeVector(const RequantizeTask& task,
                                      const Channels<V>& channels,
                                      typename V::Vec residual_multiplier,
                                      int row, int first) {
  using Vec = typename V::Vec;
  const Vec sum = V::Load(task.sums + row * task.stride + first);
  const size_t at = task.at[row] + first;
  Vec even =
      V::Add64(V::MultiplyEven(sum, channels.multiplier), channels.even_offset);
  Vec odd = V::Add64(V::MultiplyEven(V::Odds(sum), channels.odd_multiplier),
                     channels.odd_offset);
  if constexpr (kResidual != ResidualKind::kNone) {
    const bool wide = kResidual == ResidualKind::kWide;
    const Vec r =
        wide ? V::Load(task.residual_wide + at)
             : V::template ShiftLeft<8>(V::LoadU8(task.residual_u8 + at));
    const Vec odd_multiplier =
        wide ? V::Odds(residual_multiplier) : residual_multiplier;
    even = V::Add64(even, V::MultiplyEven(r, residual_multiplier));
    odd = V::Add64(odd, V::MultiplyEven(V::Odds(r), odd_multiplier));
  }
  const Vec result = V::HighHalves(even, odd);
  if constexpr (kOutput == OutputKind::kU8)
    V::StoreU8(task.out_u8 + at, result);
  else
    V::Store(task.out_i32 + at, result);
}

template <class V, ResidualKind kResidual, OutputKind kOutput>
void RequantizeRows(const RequantizeTask& task) {
  for (int first = 0; first < task.vectors * V::kLanes; first += V::kLanes) {
    const Channels<V> channels(task, first);
    const typename V::Vec residual_multiplier =
        kResidual == ResidualKind::kWide
            ? V::Load(task.wide_multiplier + first)
            : V::Broadcast(task.residual_multiplier);
    for (int row = 0; row < task.row_count; ++row)
      RequantizeVector<V, kResidual, kOutput>(task, channels,
                                              residual_multiplier, row, first);
  }
}

template <class V>
void StoreWide(const RequantizeTask& task) {
  for (int row = 0; row < task.row_count; ++row)
    for (int first = 0; first < task.vectors * V::kLanes; first += V::kLanes)
      V::Store(task.out_i32 + task.at[row] + first,
               V::Load(task.sums + row * task.stride + first));
}

// Logits have no residual (integer_graph.cc).
template <class V>
void Requantize(const RequantizeTask& task) {
  if (task.output_kind == OutputKind::kWide) return StoreWide<V>(task);
  if (task.output_kind == OutputKind::kLogits)
    return RequantizeRows<V, ResidualKind::kNone, OutputKind::kLogits>(task);
  if (task.residual_kind == ResidualKind::kU8)
    return RequantizeRows<V, ResidualKind::kU8, OutputKind::kU8>(task);
  if (task.residual_kind == ResidualKind::kWide)
    return RequantizeRows<V, ResidualKind::kWide, OutputKind::kU8>(task);
  RequantizeRows<V, ResidualKind::kNone, OutputKind::kU8>(task);
}

// -- Winograd ----------------------------------------------------------------

// B^T of F(2,3), in one dimension.
template <class V>
struct Input2 {
  static constexpr int kSize = 4;
  using Half = typename V::Half;
  static LOCKSTEP_INLINE void Transform(const Half (&d)[4], Half (&out)[4]) {
    out[0] = V::SubHalf(d[0], d[2]);
    out[1] = V::AddHalf(d[1], d[2]);
    out[2] = V::SubHalf(d[2], d[1]);
    out[3] = V::SubHalf(d[1], d[3]);
  }
};

// B^T of F(4,3), in one dimension.
template <class V>
struct Input4 {
  static constexpr int kSize = 6;
  using Half = typename V::Half;
  static LOCKSTEP_INLINE void Transform(const Half (&d)[6], Half (&out)[6]) {
    const Half even4 = V::SubHalf(d[4], V::template ShiftLeftHalf<2>(d[2]));
    const Half odd4 = V::SubHalf(d[3], V::template ShiftLeftHalf<2>(d[1]));
    const Half even1 = V::SubHalf(d[4], d[2]);
    const Half odd1 = V::SubHalf(d[3], d[1]);
    const Half odd2 = V::AddHalf(odd1, odd1);
    // 4 d0 - 5 d2 + d4 and 4 d1 - 5 d3 + d5
    out[0] =
        V::AddHalf(V::template ShiftLeftHalf<2>(V::SubHalf(d[0], d[2])), even1);
    out[1] = V::AddHalf(even4, odd4);
    out[2] = V::SubHalf(even4, odd4);
    out[3] = V::AddHalf(even1, odd2);
    out[4] = V::SubHalf(even1, odd2);
    out[5] = V::AddHalf(V::template ShiftLeftHalf<2>(V::SubHalf(d[1], d[3])),
                        V::SubHalf(d[5], d[3]));
  }
};

// out = B^T d B for 16 channels at a time: columns first, then rows.
template <class V, class Transform>
void InputTransform(const InputTransformTask& task) {
  constexpr int kSize = Transform::kSize;
  using Half = typename V::Half;
  for (int c = 0; c < task.channels; c += 16) {
    Half columns[kSize][kSize];  // [y][x]
    LOCKSTEP_UNROLL
    for (int x = 0; x < kSize; ++x) {
      Half d[kSize], t[kSize];
      LOCKSTEP_UNROLL
      for (int y = 0; y < kSize; ++y)
        d[y] = V::LoadHalf(task.pixels[y * kSize + x] + c);
      Transform::Transform(d, t);
      LOCKSTEP_UNROLL
      for (int y = 0; y < kSize; ++y) columns[y][x] = t[y];
    }
    LOCKSTEP_UNROLL
    for (int y = 0; y < kSize; ++y) {
      Half t[kSize];
      Transform::Transform(columns[y], t);
      LOCKSTEP_UNROLL
      for (int x = 0; x < kSize; ++x)
        V::StoreHalf(task.out + (y * kSize + x) * task.stride + c, t[x]);
    }
  }
}

// A^T of F(2,3), in one dimension. The weights carry 2 * 2, which one shift
// takes away: 4 * sum fits int32 (winograd_conv.h).
template <class V>
struct Output2 {
  static constexpr int kOut = 2, kIn = 4;
  using Vec = typename V::Vec;
  static LOCKSTEP_INLINE void Transform(const Vec (&m)[4], Vec (&out)[2]) {
    out[0] = V::Add(m[0], V::Add(m[1], m[2]));
    out[1] = V::Sub(V::Sub(m[1], m[2]), m[3]);
  }
  static LOCKSTEP_INLINE Vec Unscale(Vec scaled, Vec) {
    return V::template ShiftRightSigned<2>(scaled);
  }
};

// A^T of F(4,3) times 24, in one dimension; with the weights' scales the
// result is 576 * sum = 64 * 9 * sum modulo 2^32.
template <class V>
struct Output4 {
  static constexpr int kOut = 4, kIn = 6;
  using Vec = typename V::Vec;
  static LOCKSTEP_INLINE void Transform(const Vec (&m)[6], Vec (&out)[4]) {
    const Vec a = V::Add(m[1], m[2]), b = V::Sub(m[1], m[2]);
    const Vec c = V::Add(m[3], m[4]), d = V::Sub(m[3], m[4]);
    const Vec m5 = V::Add(m[5], V::Add(m[5], m[5]));
    const Vec b4 = V::template ShiftLeft<2>(b);
    // [6,4,4,1,1,0] [0,4,-4,2,-2,0] [0,4,4,4,4,0] [0,4,-4,8,-8,24]
    out[0] = V::Add(V::template ShiftLeft<2>(V::Add(m[0], a)),
                    V::Add(V::Add(m[0], m[0]), c));
    out[1] = V::Add(b4, V::Add(d, d));
    out[2] = V::template ShiftLeft<2>(V::Add(a, c));
    out[3] = V::Add(b4, V::template ShiftLeft<3>(V::Add(d, m5)));
  }
  // Shifting leaves 9 * sum modulo 2^26, its product with the inverse of 9 sum
  // modulo 2^26; `lowest` says which of those numbers it is.
  static LOCKSTEP_INLINE Vec Unscale(Vec scaled, Vec lowest) {
    constexpr int32_t kInverseOf9 = 0x38E38E39;  // modulo 2^32
    const Vec sum = V::MultiplyLow(V::template ShiftRight<6>(scaled),
                                   V::Broadcast(kInverseOf9));
    const Vec mask = V::Broadcast((1 << 26) - 1);
    return V::Add(V::And(V::Sub(sum, lowest), mask), lowest);
  }
};

template <class V, class Transform>
void OutputTransform(const OutputTransformTask& task) {
  constexpr int kIn = Transform::kIn, kOut = Transform::kOut;
  using Vec = typename V::Vec;
  for (int first = 0; first < task.vectors * V::kLanes; first += V::kLanes) {
    const Vec lowest = V::Load(task.lowest + first);
    Vec columns[kOut][kIn];  // [y][x]
    LOCKSTEP_UNROLL
    for (int x = 0; x < kIn; ++x) {
      Vec m[kIn], t[kOut];
      LOCKSTEP_UNROLL
      for (int y = 0; y < kIn; ++y)
        m[y] = V::Load(task.products + (y * kIn + x) * task.product_stride +
                       first);
      Transform::Transform(m, t);
      LOCKSTEP_UNROLL
      for (int y = 0; y < kOut; ++y) columns[y][x] = t[y];
    }
    LOCKSTEP_UNROLL
    for (int y = 0; y < kOut; ++y) {
      Vec t[kOut];
      Transform::Transform(columns[y], t);
      LOCKSTEP_UNROLL
      for (int x = 0; x < kOut; ++x)
        V::Store(task.sums + (y * kOut + x) * task.stride + first,
                 Transform::Unscale(t[x], lowest));
    }
  }
}

// -- The set -----------------------------------------------------------------

template <class V>
void Widen(const uint8_t* from, size_t count, int16_t* to) {
  size_t i = 0;
  for (; i + 16 <= count; i += 16) V::StoreHalf(to + i, V::LoadHalf(from + i));
  for (; i < count; ++i) to[i] = from[i];
}

template <class V>
constexpr Microkernels MakeMicrokernels(const char* name) {
  Microkernels set = {};
  set.name = name;
  set.lanes = V::kLanes;
  set.max_vectors = V::kMaxVectors;
  set.max_rows = [](int vectors) { return MaxRows(vectors, V::kMaxVectors); };
  if constexpr (V::kHasU8S8) {
    set.sums_u8s8 = AllSums<V, U8S8<V>>;
    set.probe_u8s8 = Probe<V, U8S8<V>>;
  }
  set.sums_s16 = AllSums<V, S16<V>>;
  set.probe_s16 = Probe<V, S16<V>>;
  set.requantize = Requantize<V>;
  set.widen = Widen<V>;
  set.input_transform2 = InputTransform<V, Input2<V>>;
  set.input_transform4 = InputTransform<V, Input4<V>>;
  set.output_transform2 = OutputTransform<V, Output2<V>>;
  set.output_transform4 = OutputTransform<V, Output4<V>>;
  return set;
}

}  // namespace
}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_MICROKERNELS_INL_H_
