#include "quant/quantize_conv.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

FloatNode PointConv(int out, std::vector<float> weights) {
  FloatNode node = {Op::kConv, "layer1", {0}, {}};
  node.weights = std::move(weights);
  node.bias.assign(out, 0.5f);
  return node;
}

TEST(QuantizeConv, PutsChannelsLastAndScalesEachOutput) {
  // Output 0: two inputs of 1x2... as [in][taps]: {1, -2} and {0.5, 4}.
  FloatNode node = {Op::kConv, "c", {0}, {1, 2}};
  node.weights = {1, -2, 0.5f, 4, 0, 0, 0, 0};
  node.bias = {0, 0};
  const auto conv = QuantizeConv(node, 2, {});
  ASSERT_TRUE(conv.ok()) << conv.status();
  EXPECT_THAT(conv->weights, ElementsAre(32, 16, -64, 127, 0, 0, 0, 0));
  EXPECT_THAT(conv->weight_scale, ElementsAre(4.0 / 127, 1e-30));
  EXPECT_THAT(conv->acc_min, ElementsAre(-64 * 255, 0));
  EXPECT_THAT(conv->acc_max, ElementsAre((32 + 16 + 127) * 255, 0));
}

TEST(QuantizeConv, RefusesASumThatCouldLeaveInt32) {
  // 127 * 255 * 66312 is just over 2^31.
  const auto fits = PointConv(1, std::vector<float>(66311, -1));
  EXPECT_TRUE(QuantizeConv(fits, 66311, {}).ok());
  FloatNode over = PointConv(2, std::vector<float>(2 * 66312, 1));
  over.weights[0] = 0;  // of channel 0, which then fits
  const absl::Status status = QuantizeConv(over, 66312, {}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(status.message(), HasSubstr("layer 'layer1', output channel 1"));
  EXPECT_THAT(status.message(), HasSubstr("outside int32"));
}

TEST(FoldNormalization, ActsOnPixels) {
  const Normalization n = {{0.5f, 0.25f, 0.75f}, {0.5f, 0.2f, 0.1f}};
  const FloatNode node = PointConv(1, {1, -2, 3});
  const FloatNode folded = FoldNormalization(node, n);
  const double pixels[] = {10, 200, 77};
  double expected = node.bias[0], actual = folded.bias[0];
  for (int c = 0; c < 3; ++c) {
    expected += node.weights[c] * (pixels[c] / 255 - n.mean[c]) / n.std[c];
    actual += folded.weights[c] * pixels[c];
  }
  EXPECT_NEAR(actual, expected, 1e-5);
}

TEST(FixedPoint, RoundsAndRefuses) {
  EXPECT_EQ(*FixedPoint(0.25, 32, "l", 0), 1 << 30);
  EXPECT_EQ(*FixedPoint(1.5 / 4294967296.0, 32, "l", 0), 2);
  EXPECT_EQ(*FixedPoint(0, 32, "l", 0), 0);
  EXPECT_EQ(*FixedPoint(2147483647.0 / 4294967296.0, 32, "l", 0), 2147483647);
  const absl::Status half = FixedPoint(0.5, 32, "l", 3).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(half));
  EXPECT_THAT(half.message(), HasSubstr("layer 'l', output channel 3"));
  EXPECT_FALSE(
      FixedPoint(std::numeric_limits<double>::quiet_NaN(), 24, "l", -1).ok());
  EXPECT_FALSE(
      FixedPoint(std::numeric_limits<double>::infinity(), 24, "l", -1).ok());
  EXPECT_FALSE(FixedPointOffset(1e9, "l", 0).ok());
}

TEST(ProveNoOverflow, LimitsTheWholeSum) {
  constexpr int64_t kTwo31 = int64_t{1} << 31;
  EXPECT_TRUE(ProveNoOverflow(-kTwo31, kTwo31 - 1, 1 << 30, 0, 0, "l", 0).ok());
  // Exactly 2^62 is refused, one less is not.
  EXPECT_TRUE(ProveNoOverflow(0, 1, 0, (int64_t{1} << 62) - 1, 0, "l", 0).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(
      ProveNoOverflow(0, 1, 1, (int64_t{1} << 62) - 1, 0, "l", 0)));
  EXPECT_FALSE(ProveNoOverflow(-kTwo31, 0, 2147483647, kTwo31, 0, "l", 0).ok());
}

}  // namespace
}  // namespace lockstep::quant
