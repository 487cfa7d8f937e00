#include "quant/correct_bias.h"

#include <cmath>
#include <cstring>
#include <utility>

#include "data/sample_path.h"
#include "gtest/gtest.h"
#include "quant/calibrate.h"
#include "quant/float_engine.h"
#include "quant/normalize.h"
#include "quant/onnx_reader.h"
#include "quant/testing_models.h"
#include "quant/weight_scale.h"

namespace lockstep::quant {
namespace {

FloatGraph Folded(onnx::ModelProto model) {
  return *FoldBatchNorm(ReadOnnx(model.SerializeAsString())->graph);
}

ImageSet Sample(size_t count) {
  return *ReadCifar10(SampleDataPath(), Split::kTrain, count);
}

std::vector<Range> RangesOf(const FloatGraph& graph, const ImageSet& images) {
  return *CalibrateMinMax(FloatEngine(graph), images, Normalization(), {1, 8});
}

// The mean of each channel of `value` over images and pixels.
std::vector<double> ChannelMeans(const FloatGraph& graph, int value,
                                 const ImageSet& images) {
  const Shape& shape = graph.shapes[value];
  const size_t map = size_t(shape.height) * shape.width;
  std::vector<double> sums(shape.channels);
  ObserveValues(
      FloatEngine(graph), images, Normalization(), {1, 8},
      [&](int v, const float* data, size_t count) {
        for (size_t i = 0; v == value && i < count; ++i)
          sums[i / map % shape.channels] += data[i];
      },
      nullptr);
  for (double& sum : sums) sum /= map * images.size();
  return sums;
}

// The node with rounded weights, of raw pixels if `pixels`. Coarse ones: with
// 8 bits the shift would drown in the rounding of float.
FloatNode Rounded(FloatNode node, bool pixels) {
  const size_t count = node.weights.size() / node.bias.size();
  const Normalization normalization;
  for (size_t c = 0; c < node.bias.size(); ++c) {
    std::vector<float> weights(&node.weights[c * count],
                               &node.weights[c * count] + count);
    const auto unit = [&](size_t i) {
      return pixels ? 255 * normalization.std[i / (count / 3)] : 1.0f;
    };
    for (size_t i = 0; i < count; ++i) weights[i] /= unit(i);
    const float scale = WeightScale(weights.data(), count);
    for (size_t i = 0; i < count; ++i)
      node.weights[c * count + i] =
          RoundWeight(weights[i], scale) * scale * unit(i);
  }
  return node;
}

// Of each convolution alone: with rounded weights and the corrected bias its
// mean output is what it was, and without the correction it is not.
TEST(CorrectBiases, MeansOfOutputsAreRestored) {
  const ImageSet images = Sample(16);
  for (onnx::ModelProto model : {LenetModel(), ResnetModel({1, 1}, 8)}) {
    const FloatGraph graph = Folded(std::move(model));
    const auto corrected = CorrectBiases(graph, RangesOf(graph, images), images,
                                         Normalization(), {1, 8});
    ASSERT_TRUE(corrected.ok()) << corrected.status();
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      if (graph.nodes[i].op != Op::kConv) continue;
      FloatGraph rounded = graph;
      rounded.nodes[i] = Rounded(graph.nodes[i], graph.nodes[i].inputs[0] == 0);
      const std::vector<double> wanted = ChannelMeans(graph, i + 1, images);
      const std::vector<double> without = ChannelMeans(rounded, i + 1, images);
      rounded.nodes[i].bias = corrected->nodes[i].bias;
      const std::vector<double> with = ChannelMeans(rounded, i + 1, images);
      double before = 0, after = 0;
      for (size_t c = 0; c < wanted.size(); ++c) {
        before += std::abs(without[c] - wanted[c]);
        after += std::abs(with[c] - wanted[c]);
      }
      EXPECT_LT(after, 0.01 * before) << graph.nodes[i].name;
    }
  }
}

TEST(CorrectBiases, WeightsStayAsTheyAre) {
  const ImageSet images = Sample(2);
  const FloatGraph graph = Folded(LenetModel());
  const auto corrected = CorrectBiases(graph, RangesOf(graph, images), images,
                                       Normalization(), {1, 8});
  ASSERT_TRUE(corrected.ok());
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    EXPECT_EQ(corrected->nodes[i].weights, graph.nodes[i].weights);
}

std::vector<float> Biases(const FloatGraph& graph) {
  std::vector<float> biases;
  for (const FloatNode& node : graph.nodes)
    biases.insert(biases.end(), node.bias.begin(), node.bias.end());
  return biases;
}

TEST(CorrectBiases, IsTheSameForAnyBatchThreadsAndOrder) {
  ImageSet images = Sample(19);
  const FloatGraph graph = Folded(ResnetModel({1, 1}, 4));
  const std::vector<Range> ranges = RangesOf(graph, images);
  const auto biases = [&](const Parallelism& parallelism) {
    return Biases(
        *CorrectBiases(graph, ranges, images, Normalization(), parallelism));
  };
  const std::vector<float> expected = biases({1, 1});
  for (const Parallelism& p :
       {Parallelism{1, 64}, Parallelism{2, 3}, Parallelism{4, 2}})
    EXPECT_EQ(biases(p), expected);
  for (size_t i = 0; i < images.size() / 2; ++i)
    std::swap_ranges(images.pixels.begin() + i * kCifarPixels,
                     images.pixels.begin() + (i + 1) * kCifarPixels,
                     images.pixels.end() - (i + 1) * kCifarPixels);
  EXPECT_EQ(biases({3, 4}), expected);
}

TEST(CorrectBiases, ExtremeNetsAndNoImagesAreNoCrash) {
  const ImageSet images = Sample(2);
  FloatGraph graph = Folded(LenetModel());
  const std::vector<Range> ranges = RangesOf(graph, images);
  EXPECT_TRUE(absl::IsInvalidArgument(
      CorrectBiases(graph, ranges, ImageSet(), Normalization(), {1, 8})
          .status()));
  // Values far beyond the ranges, and not finite.
  for (float& weight : graph.nodes[0].weights) weight = 3e38f;
  EXPECT_TRUE(
      CorrectBiases(graph, ranges, images, Normalization(), {1, 8}).ok());
}

}  // namespace
}  // namespace lockstep::quant
