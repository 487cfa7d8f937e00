// How a weight becomes an s8: one definition for the integer net and for what
// corrects its rounding.

#ifndef LOCKSTEP_QUANT_WEIGHT_SCALE_H_
#define LOCKSTEP_QUANT_WEIGHT_SCALE_H_

#include <cstddef>
#include <cstdint>

namespace lockstep::quant {

// absmax / 127 of one output channel's `count` weights. Where all are 0, next
// to nothing, so that no multiplier is too large for them.
float WeightScale(const float* weights, size_t count);

// weight / scale to the nearest integer, ties to even, within [-127, 127].
int8_t RoundWeight(float weight, float scale);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_WEIGHT_SCALE_H_
