#include "quant/quantize_conv.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "quant/weight_scale.h"

namespace lockstep::quant {
namespace {

// The weights' own scale, or a coarser one where the bias needs it.
float ChannelScale(const float* weights, size_t count, double bias,
                   double input_scale) {
  const float for_bias = std::ldexp(std::abs(bias), -30) / input_scale;
  return std::max(WeightScale(weights, count), for_bias);
}

// `scale` is 0 only if it is below all floats, and then so is the bias.
int32_t Steps(double bias, double scale) {
  return scale > 0 ? std::lround(bias / scale) : 0;
}

}  // namespace

QuantizedWeights QuantizeConv(const FloatNode& node, double input_scale) {
  QuantizedWeights out;
  const size_t count = node.weights.size() / node.bias.size();
  for (size_t c = 0; c < node.bias.size(); ++c) {
    const float* weights = node.weights.data() + c * count;
    const float scale = ChannelScale(weights, count, node.bias[c], input_scale);
    for (size_t i = 0; i < count; ++i)
      out.values.push_back(RoundWeight(weights[i], scale));
    out.scale.push_back(scale);
    out.bias_scale.push_back(input_scale * scale);
    out.bias.push_back(Steps(node.bias[c], out.bias_scale[c]));
  }
  return out;
}

FloatNode Dequantized(FloatNode node, const QuantizedWeights& weights) {
  const size_t count = node.weights.size() / node.bias.size();
  for (size_t i = 0; i < node.weights.size(); ++i)
    node.weights[i] = weights.values[i] * weights.scale[i / count];
  for (size_t c = 0; c < node.bias.size(); ++c)
    node.bias[c] = double{weights.bias_scale[c]} * weights.bias[c];
  return node;
}

FloatNode FoldNormalization(
    const FloatNode& node, const Normalization& normalization,
    const std::array<uint8_t, kCifarChannels>& zero_point) {
  FloatNode folded = node;
  const size_t taps = size_t(node.window.kernel_h) * node.window.kernel_w;
  const size_t per_output = taps * kCifarChannels;
  std::vector<double> bias(node.bias.begin(), node.bias.end());
  for (size_t i = 0; i < node.weights.size(); ++i) {
    const size_t channel = i % per_output / taps;
    const double scaled =
        double{node.weights[i]} / (255 * double{normalization.std[channel]});
    folded.weights[i] = scaled;
    bias[i / per_output] +=
        scaled *
        (zero_point[channel] - 255 * double{normalization.mean[channel]});
  }
  folded.bias.assign(bias.begin(), bias.end());
  return folded;
}

}  // namespace lockstep::quant
