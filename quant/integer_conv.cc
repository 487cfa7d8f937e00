#include "quant/integer_conv.h"

namespace lockstep::quant {
namespace {

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

int64_t ZeroSum(const int8_t* weights, size_t count,
                const std::vector<int64_t>& zero_point) {
  int64_t sum = 0;
  for (size_t i = 0; i < count; ++i)
    sum += weights[i] * zero_point[i % zero_point.size()];
  return sum;
}

}  // namespace

IntegerConv MakeIntegerConv(const FloatNode& node,
                            const QuantizedWeights& weights,
                            const InputCodes& input) {
  IntegerConv conv = {node.name, input.scale};
  conv.weights =
      ChannelsLast(weights.values, input.zero_point.size(),
                   size_t(node.window.kernel_h) * node.window.kernel_w);
  conv.weight_scale.assign(weights.scale.begin(), weights.scale.end());
  const size_t count = conv.weights.size() / weights.bias.size();
  for (size_t c = 0; c < weights.bias.size(); ++c) {
    conv.bias.push_back(double{weights.bias_scale[c]} * weights.bias[c]);
    conv.zero_sum.push_back(
        ZeroSum(conv.weights.data() + c * count, count, input.zero_point));
  }
  return conv;
}

}  // namespace lockstep::quant
