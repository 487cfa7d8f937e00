#include "quant/integer_conv.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "quant/fixed_point.h"

namespace lockstep::quant {
namespace {

// Adds the least and greatest sum of channel `c`'s weights times codes.
absl::Status BoundAccumulator(size_t c, const InputCodes& input,
                              IntegerConv& conv) {
  const size_t channels = input.zero_point.size();
  const size_t count = conv.weights.size() / conv.bias.size();
  int64_t low = 0, high = 0, zero = 0;
  for (size_t i = 0; i < count; ++i) {
    const int64_t weight = conv.weights[c * count + i];
    (weight < 0 ? low : high) += weight * input.max;
    zero += weight * input.zero_point[i % channels];
  }
  if (low < std::numeric_limits<int32_t>::min() ||
      high > std::numeric_limits<int32_t>::max())
    return RefuseAt({conv.name, static_cast<int>(c)},
                    absl::StrCat("the sum can reach [", low, ", ", high,
                                 "], outside int32"));
  conv.acc_min.push_back(low);
  conv.acc_max.push_back(high);
  conv.zero_sum.push_back(zero);
  return absl::OkStatus();
}

// [out][in][taps] to [out][taps][in].
std::vector<int8_t> ChannelsLast(const std::vector<int8_t>& from,
                                 size_t channels, size_t taps) {
  std::vector<int8_t> to(from.size());
  for (size_t i = 0; i < from.size(); ++i) {
    const size_t tap = i % taps, in = i / taps % channels;
    to[i - i % (channels * taps) + tap * channels + in] = from[i];
  }
  return to;
}

}  // namespace

absl::StatusOr<IntegerConv> MakeIntegerConv(const FloatNode& node,
                                            const QuantizedWeights& weights,
                                            const InputCodes& input) {
  IntegerConv conv;
  conv.name = node.name;
  conv.input_scale = input.scale;
  conv.weights =
      ChannelsLast(weights.values, input.zero_point.size(),
                   size_t(node.window.kernel_h) * node.window.kernel_w);
  conv.weight_scale.assign(weights.scale.begin(), weights.scale.end());
  for (size_t c = 0; c < weights.bias.size(); ++c)
    conv.bias.push_back(double{weights.bias_scale[c]} * weights.bias[c]);
  for (size_t c = 0; c < conv.bias.size(); ++c) {
    const absl::Status status = BoundAccumulator(c, input, conv);
    if (!status.ok()) return status;
  }
  return conv;
}

}  // namespace lockstep::quant
