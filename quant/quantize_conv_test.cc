#include "quant/quantize_conv.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

FloatNode PointConv(int out, std::vector<float> weights, float bias = 0.5f) {
  FloatNode node = {Op::kConv, "layer1", {0}, {}};
  node.weights = std::move(weights);
  node.bias.assign(out, bias);
  return node;
}

TEST(QuantizeConv, ScalesEachOutputAndRounds) {
  const auto weights =
      QuantizeConv(PointConv(2, {1, -2, 0.5f, 4, 0, 0, 0, 0}, 0), 0.25);
  EXPECT_THAT(weights.values, ElementsAre(32, -64, 16, 127, 0, 0, 0, 0));
  EXPECT_THAT(weights.scale, ElementsAre(4.0f / 127, 1e-30f));
  EXPECT_FLOAT_EQ(weights.bias_scale[0], 1.0f / 127);
  EXPECT_THAT(weights.bias, Each(0));
}

TEST(QuantizeConv, RoundsBiasesToStepsOfInputTimesWeight) {
  const auto weights = QuantizeConv(PointConv(1, {127}, -10.4f), 0.5);
  EXPECT_FLOAT_EQ(weights.bias_scale[0], 0.5f);
  EXPECT_EQ(weights.bias[0], -21);
}

// A bias that is enormous in steps of next to no weights.
TEST(QuantizeConv, ALargeBiasMakesTheWeightsCoarser) {
  const auto weights = QuantizeConv(PointConv(1, {1e-20f}, 7), 0.5);
  EXPECT_EQ(weights.values[0], 0);
  EXPECT_LE(weights.bias[0], 1 << 30);
  EXPECT_NEAR(double{weights.bias_scale[0]} * weights.bias[0], 7, 1e-6);
}

TEST(QuantizeConv, SurvivesScalesThatNoFloatHolds) {
  const auto weights = QuantizeConv(PointConv(1, {0}, 0), 1e-30);
  EXPECT_THAT(weights.bias, Each(0));
}

TEST(Dequantized, IsWhatTheIntegersStandFor) {
  const FloatNode node = PointConv(1, {0.4f, -1.27f}, 0.33f);
  const FloatNode rounded = Dequantized(node, QuantizeConv(node, 0.1));
  EXPECT_NEAR(rounded.weights[0], 0.4, 0.005);
  EXPECT_FLOAT_EQ(rounded.weights[1], -1.27f);
  EXPECT_NEAR(rounded.bias[0], 0.33, 0.0005);
}

TEST(FoldNormalization, ActsOnPixelsMinusTheZeroPoint) {
  const Normalization n = {{0.5f, 0.25f, 0.75f}, {0.5f, 0.2f, 0.1f}};
  const FloatNode node = PointConv(1, {1, -2, 3});
  const std::array<uint8_t, 3> zero = {128, 64, 191};
  const FloatNode folded = FoldNormalization(node, n, zero);
  const double pixels[] = {10, 200, 77};
  double expected = node.bias[0], actual = folded.bias[0];
  for (int c = 0; c < 3; ++c) {
    expected += node.weights[c] * (pixels[c] / 255 - n.mean[c]) / n.std[c];
    actual += folded.weights[c] * (pixels[c] - zero[c]);
  }
  EXPECT_NEAR(actual, expected, 1e-5);
}

}  // namespace
}  // namespace lockstep::quant
