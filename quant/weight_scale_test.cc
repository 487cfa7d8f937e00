#include "quant/weight_scale.h"

#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

TEST(WeightScale, TheLargestMagnitudeIs127) {
  const float weights[] = {0.5f, -2.54f, 1};
  const float scale = WeightScale(weights, 3);
  EXPECT_FLOAT_EQ(scale, 0.02f);
  EXPECT_EQ(RoundWeight(-2.54f, scale), -127);
  EXPECT_EQ(RoundWeight(0.5f, scale), 25);
}

TEST(WeightScale, ZerosHaveAScale) {
  const float zeros[] = {0, -0.0f};
  EXPECT_GT(WeightScale(zeros, 2), 0);
  EXPECT_EQ(RoundWeight(0, WeightScale(zeros, 2)), 0);
}

TEST(RoundWeight, TiesGoToEvenAndNothingExceeds127) {
  EXPECT_EQ(RoundWeight(0.5f, 1), 0);
  EXPECT_EQ(RoundWeight(1.5f, 1), 2);
  EXPECT_EQ(RoundWeight(-2.5f, 1), -2);
  EXPECT_EQ(RoundWeight(1e30f, 1e-30f), 127);
  EXPECT_EQ(RoundWeight(-1e30f, 1e-30f), -127);
}

}  // namespace
}  // namespace lockstep::quant
