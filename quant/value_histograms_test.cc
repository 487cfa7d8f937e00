#include "quant/value_histograms.h"

#include <numeric>

#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

int64_t Total(const ValueHistogram& histogram) {
  return std::accumulate(histogram.counts.begin(), histogram.counts.end(),
                         int64_t{0});
}

TEST(ValueHistograms, EveryCodeHasItsBin) {
  const int8_t weights[] = {-128, -127, 0, 0, 127};
  ValueHistogram histogram;
  CountCodes(weights, 5, histogram);
  EXPECT_EQ(histogram.first, -128.5);
  ASSERT_EQ(histogram.counts.size(), 256);
  EXPECT_EQ(histogram.counts[0], 1);
  EXPECT_EQ(histogram.counts[1], 1);
  EXPECT_EQ(histogram.counts[128], 2);
  EXPECT_EQ(histogram.counts[255], 1);
}

TEST(ValueHistograms, CallsAdd) {
  const uint8_t codes[] = {0, 255, 255};
  ValueHistogram histogram;
  CountCodes(codes, 3, histogram);
  CountCodes(codes, 2, histogram);
  EXPECT_EQ(histogram.first, -0.5);
  EXPECT_EQ(histogram.counts[0], 2);
  EXPECT_EQ(histogram.counts[255], 3);
}

TEST(ValueHistograms, RealsCoverTheirRange) {
  const ValueHistogram histogram = HistogramOfReals({-1, -0.999, 0, 1});
  EXPECT_EQ(histogram.first, -1);
  EXPECT_EQ(histogram.step, 2.0 / 64);
  EXPECT_EQ(histogram.counts.front(), 2);
  EXPECT_EQ(histogram.counts[32], 1);
  EXPECT_EQ(histogram.counts.back(), 1);
  EXPECT_EQ(Total(histogram), 4);
}

TEST(ValueHistograms, EqualRealsHaveBinsToo) {
  const ValueHistogram histogram = HistogramOfReals({-5, -5});
  EXPECT_GT(histogram.step, 0);
  EXPECT_EQ(histogram.counts.front(), 2);
  EXPECT_GT(HistogramOfReals({0}).step, 0);
  EXPECT_TRUE(HistogramOfReals({}).counts.empty());
}

TEST(ValueHistograms, BiasesAreReal) {
  QuantizedGraph graph;
  graph.graph.nodes.resize(2);
  graph.graph.nodes[1].name = "conv";
  graph.weights.resize(2);
  graph.weights[1] = {{1, -1, 1}, {1, 1}, {-100, 300}, {0.5f, 0.25f}};
  const auto layers = ParameterHistograms(graph);
  ASSERT_EQ(layers.size(), 1);
  EXPECT_EQ(layers[0].layer, "conv");
  EXPECT_EQ(Total(layers[0].weights), 3);
  EXPECT_EQ(layers[0].biases.first, -50);
  EXPECT_NEAR(layers[0].biases.step, 125.0 / 64, 1e-12);
  EXPECT_TRUE(layers[0].activations.counts.empty());
}

}  // namespace
}  // namespace lockstep::quant
