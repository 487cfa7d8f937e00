// The one formula between an accumulator and what is stored (integer_graph.h).

#ifndef LOCKSTEP_QUANT_REQUANTIZE_H_
#define LOCKSTEP_QUANT_REQUANTIZE_H_

#include <cstddef>
#include <cstdint>

#include "quant/integer_graph.h"

namespace lockstep::quant {

// floor((acc * m + residual + c64) / 2^32); nothing can overflow where
// BuildIntegerGraph accepted m and c64. g++'s >> on negative numbers is the
// arithmetic shift, C++20 demands it.
inline int64_t Rescale(int32_t acc, int32_t m, int64_t residual, int64_t c64) {
  return (int64_t{acc} * m + residual + c64) >> 32;
}

// Rescale clamped to 0..255: the ReLU is the lower bound.
inline uint8_t RescaleToU8(int32_t acc, int32_t m, int64_t residual,
                           int64_t c64) {
  const int64_t value = Rescale(acc, m, residual, c64);
  return value < 0 ? 0 : value > 255 ? 255 : static_cast<uint8_t>(value);
}

// What an IntegerOp::kRescale stores of `sum`, codes of channel `c`, and of the
// residual's code, 0 where there is none.
inline uint8_t RescaleSum(const Requantization& q, size_t c, int32_t sum,
                          uint8_t residual) {
  return RescaleToU8(sum, 0,
                     (int64_t{sum} << 8) * q.input_multiplier +
                         (int64_t{residual} << 8) * q.residual_multiplier,
                     q.offset[c]);
}

// What `layer`, a convolution, stores of the sum `acc` of channel `c`. Pointers
// are to this element: of the residual, null where there is none, and of the
// output, null where the layer's storage is the other.
void RequantizeElement(const IntegerLayer& layer, size_t c, int32_t acc,
                       const uint8_t* residual_u8, const int32_t* residual_wide,
                       uint8_t* out_u8, int32_t* out_i32);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_REQUANTIZE_H_
