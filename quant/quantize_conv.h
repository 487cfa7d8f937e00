// One convolution in integers: weights, multipliers, and the overflow proof.
// The formulas are in integer_graph.h.

#ifndef LOCKSTEP_QUANT_QUANTIZE_CONV_H_
#define LOCKSTEP_QUANT_QUANTIZE_CONV_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "data/augment.h"
#include "quant/float_graph.h"

namespace lockstep::quant {

// What a stored value means: q stands for q * scale, q in [0, max].
struct Encoding {
  double scale = 1;
  int64_t max = 255;
};

// Of an activation after its ReLU: scale = max / 255, or 1 if it is always 0.
Encoding ActivationEncoding(const Range& range);

// A convolution whose inputs and weights are integers, before requantisation.
struct QuantizedConv {
  std::string name;
  std::vector<int8_t> weights;            // [out][kernel_h][kernel_w][in]
  std::vector<double> weight_scale;       // [out]
  std::vector<double> bias;               // [out]
  std::vector<int64_t> acc_min, acc_max;  // [out], proven bounds
  Encoding input;
};

// The convolution that does with pixels 0..255 what `node` does with normalised
// ones: w / (255 std), bias - sum(w mean / std). `node` has 3 input channels.
FloatNode FoldNormalization(const FloatNode& node,
                            const Normalization& normalization);

// Quantises the weights of `node`, a kConv over `channels` input channels whose
// inputs are encoded as `input`. FailedPrecondition names a channel whose
// accumulator might not fit int32.
absl::StatusOr<QuantizedConv> QuantizeConv(const FloatNode& node, int channels,
                                           const Encoding& input);

// round(ratio * 2^shift). FailedPrecondition unless it fits int32; `where` is
// the layer, and its channel if it is not negative.
absl::StatusOr<int32_t> FixedPoint(double ratio, int shift,
                                   const std::string& where, int channel);

// round(value * 2^32) + 2^31. FailedPrecondition unless it is under 2^62.
absl::StatusOr<int64_t> FixedPointOffset(double value, const std::string& where,
                                         int channel);

// Proves |acc| * |m| + residual + |offset| < 2^62 for one channel.
absl::Status ProveNoOverflow(int64_t acc_min, int64_t acc_max,
                             int32_t multiplier, int64_t residual,
                             int64_t offset, const std::string& where,
                             int channel);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_QUANTIZE_CONV_H_
