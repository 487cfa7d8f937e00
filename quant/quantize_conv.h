// One convolution's float weights and biases as the integers of
// quantized_graph.h.

#ifndef LOCKSTEP_QUANT_QUANTIZE_CONV_H_
#define LOCKSTEP_QUANT_QUANTIZE_CONV_H_

#include "data/augment.h"
#include "quant/float_graph.h"
#include "quant/quantized_graph.h"

namespace lockstep::quant {

// Rounds a convolution's weights to s8, symmetric, with one scale an output
// channel, absmax / 127, and its biases to steps of input_scale * that scale. A
// channel whose bias would be 2^30 steps or more gets coarser weights.
QuantizedWeights QuantizeConv(const FloatNode& node, double input_scale);

// The weights and biases that `weights` stands for.
FloatNode Dequantized(FloatNode node, const QuantizedWeights& weights);

// The convolution that does with raw pixels minus `zero_point` what `node` does
// with normalised ones: w / (255 std) and bias + sum(w / (255 std) *
// (zero_point
// - 255 mean)). Equal where the window lies inside the image; outside, the
// float net reads the mean and this one the zero point, at most half a pixel
// step away if that is the rounded mean. `node` has 3 input channels.
FloatNode FoldNormalization(
    const FloatNode& node, const Normalization& normalization,
    const std::array<uint8_t, kCifarChannels>& zero_point);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_QUANTIZE_CONV_H_
