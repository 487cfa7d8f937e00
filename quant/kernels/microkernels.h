// The inner loops of the integer engine, one set for each instruction set.
//
// A set is a struct of functions over plain memory. Its code is written once,
// as templates over a thin layer of instructions (microkernels-inl.h); a layer
// is the real instructions of one ISA or its emulated twin in plain C++, so
// that addresses, tails and arithmetic are tested on machines without the ISA.
// Everything above these functions (packing, classes of pixels, tiles, threads)
// is ordinary code compiled for any x86-64.
//
// Vocabulary
//   lanes    int32 in a vector register
//   step     4 bytes of an input row that one instruction multiplies: 4 u8 by
//            4 s8, or 2 s16 by 2 s16
//   block    the output channels that a call computes: `vectors` * lanes
// Weights of a block are [step][channel of the block][4 bytes].
//
// Functions may be called from any number of threads. Pointers need no
// alignment, but weights, sums and parameters on 64-byte lines are faster.

#ifndef LOCKSTEP_QUANT_KERNELS_MICROKERNELS_H_
#define LOCKSTEP_QUANT_KERNELS_MICROKERNELS_H_

#include <cstddef>
#include <cstdint>

namespace lockstep::quant {

// Bytes of a row that lie next to each other, with their weights likewise:
// the valid taps of one row of a window.
struct Run {
  int32_t input;  // bytes from a row's pointer to the first step
  int32_t first;  // that step's number in the block's weights
  int32_t steps;
};

// sums[r][c] = initial[c] + sum over runs, steps s, bytes or halves i of
//              rows[r][step s, i] * weights[step s][c][i]
// for r < row_count, c < vectors * lanes. Exact modulo 2^32. Without `initial`
// the present sums are added to.
struct SumsTask {
  const uint8_t* const* rows;  // [row_count]
  int row_count;               // 1 .. max_rows(vectors)
  int vectors;                 // 1 .. max_vectors
  const Run* runs;
  int run_count;
  const uint8_t* weights;
  const int32_t* initial;  // [vectors * lanes], or null
  int32_t* const* sums;    // [row_count], each [vectors * lanes]
};

// What is added to the products before they are rescaled.
enum class ResidualKind { kNone, kU8, kWide };
// What becomes of a sum (integer_graph.h): u8, a logit, or the sum itself.
enum class OutputKind { kU8, kLogits, kWide };

// out[at[r] + c] = clamp((sums[r][c] * multiplier[c] + residual + offset[c])
//                        >> 32), exactly the formula of integer_graph.h,
// for r < row_count, c < vectors * lanes.
struct RequantizeTask {
  const int32_t* sums;  // [row_count][stride]
  size_t stride;
  int row_count;
  int vectors;
  ResidualKind residual_kind;
  OutputKind output_kind;
  const int32_t* multiplier;  // [channel]
  // int64 [channel], but in each vector's lanes first the even channels, then
  // the odd ones.
  const int64_t* offset;
  int32_t residual_multiplier;     // kU8
  const int32_t* wide_multiplier;  // kWide: [channel]
  const size_t* at;                // [row_count] elements; for residuals too
  const uint8_t* residual_u8;
  const int32_t* residual_wide;
  uint8_t* out_u8;   // kU8
  int32_t* out_i32;  // otherwise
};

// Winograd's minimal filtering F(m x m, 3 x 3) in integers (winograd_conv.h):
// a patch of (m+2)^2 pixels to as many products and to m^2 sums.
struct InputTransformTask {
  const uint8_t* const* pixels;  // [(m+2)^2], row by row
  int channels;                  // a multiple of 16
  int16_t* out;                  // [(m+2)^2][stride]
  size_t stride;
};
struct OutputTransformTask {
  const int32_t* products;  // [(m+2)^2][product_stride]
  size_t product_stride;
  int vectors;
  const int32_t* lowest;  // [channel]: a lower bound of the sum, m = 4 only
  int32_t* sums;          // [m^2][stride]
  size_t stride;
};

// Products in registers alone, for measuring the peak: returns how many
// multiplications it made in `rounds`.
using ProbeFunction = int64_t (*)(size_t rounds);

struct Microkernels {
  const char* name;  // of the instruction set
  int lanes;
  int max_vectors;
  int (*max_rows)(int vectors);
  void (*sums_u8s8)(const SumsTask&);  // null where the ISA has no such product
  void (*sums_s16)(const SumsTask&);
  ProbeFunction probe_u8s8;  // null likewise
  ProbeFunction probe_s16;
  void (*requantize)(const RequantizeTask&);
  void (*widen)(const uint8_t* from, size_t count, int16_t* to);
  void (*input_transform2)(const InputTransformTask&);
  void (*input_transform4)(const InputTransformTask&);
  void (*output_transform2)(const OutputTransformTask&);
  void (*output_transform4)(const OutputTransformTask&);
};

// Each needs the instructions that it is named after (cpu.h).
const Microkernels& Avx2Microkernels();
const Microkernels& AvxVnniMicrokernels();
const Microkernels& Avx512VnniMicrokernels();
// Twins with the same shapes in plain C++: any x86-64 runs them.
const Microkernels& EmulatedAvx2Microkernels();
const Microkernels& EmulatedAvxVnniMicrokernels();
const Microkernels& EmulatedAvx512VnniMicrokernels();

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_MICROKERNELS_H_
