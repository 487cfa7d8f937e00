#include "quant/quantize_conv.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"

namespace lockstep::quant {
namespace {

constexpr double kWeightMax = 127;
constexpr double kLeastScale = 1e-30;
constexpr int64_t kProofLimit = int64_t{1} << 62;

absl::Status Refuse(const std::string& where, int channel,
                    absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat(
      "layer '", where, "'",
      channel < 0 ? "" : absl::StrCat(", output channel ", channel), ": ",
      why));
}

// absmax / 127 of one output channel; where all weights are 0, next to nothing,
// so that no multiplier is too large for them.
double WeightScale(const float* weights, size_t count) {
  float largest = 0;
  for (size_t i = 0; i < count; ++i)
    largest = std::max(largest, std::abs(weights[i]));
  return std::max(largest / kWeightMax, kLeastScale);
}

// weights[in][taps] as integers in [taps][in].
void QuantizeChannel(const float* weights, size_t channels, size_t taps,
                     double scale, int8_t* out) {
  for (size_t i = 0; i < channels; ++i)
    for (size_t t = 0; t < taps; ++t)
      out[t * channels + i] = static_cast<int8_t>(
          std::clamp(std::nearbyint(weights[i * taps + t] / scale), -kWeightMax,
                     kWeightMax));
}

// The least and greatest sum of weights times inputs in [0, max].
absl::Status BoundAccumulator(const int8_t* weights, size_t count,
                              QuantizedConv& conv) {
  int64_t low = 0, high = 0;
  for (size_t i = 0; i < count; ++i)
    (weights[i] < 0 ? low : high) += weights[i] * conv.input.max;
  if (low < std::numeric_limits<int32_t>::min() ||
      high > std::numeric_limits<int32_t>::max())
    return Refuse(conv.name, conv.acc_min.size(),
                  absl::StrCat("the sum can reach [", low, ", ", high,
                               "], outside int32"));
  conv.acc_min.push_back(low);
  conv.acc_max.push_back(high);
  return absl::OkStatus();
}

}  // namespace

Encoding ActivationEncoding(const Range& range) {
  return {range.max > 0 ? double{range.max} / 255 : 1, 255};
}

FloatNode FoldNormalization(const FloatNode& node,
                            const Normalization& normalization) {
  FloatNode folded = node;
  const size_t taps = size_t(node.window.kernel_h) * node.window.kernel_w;
  const size_t per_output = taps * kCifarChannels;
  std::vector<double> bias(node.bias.begin(), node.bias.end());
  for (size_t i = 0; i < node.weights.size(); ++i) {
    const size_t channel = i % per_output / taps;
    const double scaled = double{node.weights[i]} / normalization.std[channel];
    folded.weights[i] = scaled / 255;
    bias[i / per_output] -= scaled * normalization.mean[channel];
  }
  folded.bias.assign(bias.begin(), bias.end());
  return folded;
}

absl::StatusOr<QuantizedConv> QuantizeConv(const FloatNode& node, int channels,
                                           const Encoding& input) {
  QuantizedConv conv;
  conv.name = node.name;
  conv.input = input;
  conv.bias.assign(node.bias.begin(), node.bias.end());
  conv.weights.resize(node.weights.size());
  const size_t count = node.weights.size() / node.bias.size();
  for (size_t c = 0; c < node.bias.size(); ++c) {
    const float* from = node.weights.data() + c * count;
    int8_t* to = conv.weights.data() + c * count;
    conv.weight_scale.push_back(WeightScale(from, count));
    QuantizeChannel(from, channels, count / channels, conv.weight_scale[c], to);
    const absl::Status status = BoundAccumulator(to, count, conv);
    if (!status.ok()) return status;
  }
  return conv;
}

absl::StatusOr<int32_t> FixedPoint(double ratio, int shift,
                                   const std::string& where, int channel) {
  const double fixed = std::round(std::ldexp(ratio, shift));
  if (!(std::abs(fixed) <= std::numeric_limits<int32_t>::max()))
    return Refuse(where, channel,
                  absl::StrCat("multiplier ", ratio, " * 2^", shift,
                               " is 2^31 or more: the layer's range is too "
                               "small for its weights"));
  return static_cast<int32_t>(fixed);
}

absl::StatusOr<int64_t> FixedPointOffset(double value, const std::string& where,
                                         int channel) {
  const double fixed = std::round(std::ldexp(value, 32));
  if (!(std::abs(fixed) < std::ldexp(1.0, 61)))
    return Refuse(
        where, channel,
        absl::StrCat("bias of ", value, " output steps is too large"));
  return static_cast<int64_t>(fixed) + (int64_t{1} << 31);
}

absl::Status ProveNoOverflow(int64_t acc_min, int64_t acc_max,
                             int32_t multiplier, int64_t residual,
                             int64_t offset, const std::string& where,
                             int channel) {
  const __int128 acc = std::max(-acc_min, acc_max);
  const __int128 bound = acc * std::abs(int64_t{multiplier}) +
                         __int128{residual} + std::abs(offset);
  if (bound < kProofLimit) return absl::OkStatus();
  return Refuse(where, channel, "the requantisation sum can reach 2^62");
}

}  // namespace lockstep::quant
