#include "quant/equalize.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "data/cifar10_shape.h"
#include "gtest/gtest.h"
#include "quant/float_engine.h"
#include "quant/onnx_reader.h"
#include "quant/testing_models.h"

namespace lockstep::quant {
namespace {

FloatGraph Folded(onnx::ModelProto model) {
  const auto read = ReadOnnx(model.SerializeAsString());
  EXPECT_TRUE(read.ok()) << read.status();
  return *FoldBatchNorm(read->graph);
}

std::vector<float> Logits(const FloatGraph& graph) {
  std::vector<float> input;
  for (uint8_t pixel : RandomPixels(2 * kCifarPixels, 3))
    input.push_back(pixel / 64.0f - 2);
  std::vector<float> logits(2 * graph.shapes[graph.output].size());
  FloatEngine(graph).Run(input.data(), 2, logits.data());
  return logits;
}

// Byte for byte; memcmp must not see the null of an empty vector.
bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         (a.empty() ||
          std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

// Multiplies what the convolution makes of channel c by 10^(c % 5 - 2), as the
// folding of batch norm can.
void SpreadChannels(FloatNode& conv) {
  const size_t count = conv.weights.size() / conv.bias.size();
  for (size_t i = 0; i < conv.weights.size(); ++i)
    conv.weights[i] *= std::pow(10.0f, static_cast<int>(i / count) % 5 - 2);
}

FloatNode& ConvNumber(int number, FloatGraph& graph) {
  for (FloatNode& node : graph.nodes)
    if (node.op == Op::kConv && number-- == 0) return node;
  ADD_FAILURE() << "too few convolutions";
  return graph.nodes[0];
}

float LargestOfOutput(const FloatNode& conv, size_t channel) {
  const size_t count = conv.weights.size() / conv.bias.size();
  float largest = 0;
  for (size_t i = channel * count; i < (channel + 1) * count; ++i)
    largest = std::max(largest, std::abs(conv.weights[i]));
  return largest;
}

float LargestOfInput(const FloatNode& conv, size_t channel, size_t channels) {
  const size_t taps = size_t(conv.window.kernel_h) * conv.window.kernel_w;
  float largest = 0;
  for (size_t i = 0; i < conv.weights.size(); ++i)
    if (i / taps % channels == channel)
      largest = std::max(largest, std::abs(conv.weights[i]));
  return largest;
}

TEST(Equalize, LogitsAreTheSameBits) {
  for (onnx::ModelProto model :
       {LenetModel(), ResnetModel({2, 1}, 8), ResidualFormsModel()}) {
    FloatGraph graph = Folded(std::move(model));
    for (FloatNode& node : graph.nodes)
      if (node.op == Op::kConv) SpreadChannels(node);
    const FloatGraph equalized = Equalize(graph);
    EXPECT_TRUE(SameBits(Logits(graph), Logits(equalized)));
  }
}

// LeNet is one chain: convolutions, pools and matrices.
TEST(Equalize, BothSidesEndWithinAFactorOfTwo) {
  FloatGraph graph = Folded(LenetModel());
  for (int i = 0; i < 4; ++i) SpreadChannels(ConvNumber(i, graph));
  graph = Equalize(std::move(graph));
  for (int i = 0; i < 4; ++i) {
    const FloatNode& first = ConvNumber(i, graph);
    const FloatNode& second = ConvNumber(i + 1, graph);
    const size_t channels = first.bias.size();
    for (size_t c = 0; c < channels; ++c) {
      const float ratio =
          LargestOfOutput(first, c) / LargestOfInput(second, c, channels);
      EXPECT_LE(ratio, 2) << i << " " << c;
      EXPECT_GE(ratio, 0.5) << i << " " << c;
    }
  }
}

TEST(Equalize, WhatIsEqualizedStaysAsItIs) {
  const FloatGraph once = Equalize(Folded(ResnetModel({1, 1}, 8)));
  const FloatGraph twice = Equalize(once);
  for (size_t i = 0; i < once.nodes.size(); ++i)
    EXPECT_TRUE(SameBits(once.nodes[i].weights, twice.nodes[i].weights));
}

TEST(Equalize, DeadChannelsAreLeftAlone) {
  FloatGraph graph = Folded(LenetModel());
  FloatNode& first = ConvNumber(0, graph);
  const size_t count = first.weights.size() / first.bias.size();
  std::fill_n(first.weights.begin(), count, 0.0f);
  first.bias[0] = 0.75f;
  const FloatNode before = ConvNumber(1, graph);
  graph = Equalize(std::move(graph));
  EXPECT_EQ(ConvNumber(0, graph).bias[0], 0.75f);
  EXPECT_EQ(ConvNumber(0, graph).weights[0], 0);
  EXPECT_TRUE(std::isfinite(
      LargestOfInput(ConvNumber(1, graph), 0, first.bias.size())));
}

// In a block of a ResNet only the value between its two convolutions has one
// reader; what enters and leaves the block meets an Add.
TEST(Equalize, ResidualAddsBreakAPair) {
  FloatGraph graph = Folded(ResnetModel({1}, 8));
  for (FloatNode& node : graph.nodes)
    if (node.op == Op::kConv) SpreadChannels(node);
  const FloatGraph equalized = Equalize(graph);
  std::vector<bool> changed;
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    if (graph.nodes[i].op == Op::kConv)
      changed.push_back(
          !SameBits(graph.nodes[i].weights, equalized.nodes[i].weights));
  // The stem, the block's two and the matrix.
  EXPECT_EQ(changed, (std::vector<bool>{false, true, true, false}));
}

}  // namespace
}  // namespace lockstep::quant
