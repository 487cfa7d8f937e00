#include "quant/accuracy.h"

#include <cmath>

#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

TEST(CompareInPairs, CountsEveryKind) {
  //                                     both  lost gained wrong wrong-same
  const auto a =
      CompareInPairs({1, 2, 3, 4, 5}, {1, 2, 0, 0, 0}, {1, 0, 3, 1, 0});
  EXPECT_EQ(a.images, 5);
  EXPECT_EQ(a.before_correct, 2);
  EXPECT_EQ(a.after_correct, 2);
  EXPECT_EQ(a.lost, 1);
  EXPECT_EQ(a.gained, 1);
  EXPECT_EQ(a.agree, 2);
  EXPECT_DOUBLE_EQ(a.AgreementPercent(), 40);
  EXPECT_DOUBLE_EQ(a.DifferencePoints(), 0);
}

TEST(PairedAccuracy, IntervalEqualsTheSampleVariance) {
  // 1000 images, 12 lost, 5 gained: the differences are -1, +1 and 0.
  PairedAccuracy a;
  a.images = 1000, a.lost = 12, a.gained = 5;
  const double mean = -7 / 1000.0;
  const double variance =
      (12 * std::pow(-1 - mean, 2) + 5 * std::pow(1 - mean, 2) +
       983 * std::pow(mean, 2)) /
      1000;
  EXPECT_NEAR(a.DifferencePoints(), -0.7, 1e-12);
  EXPECT_NEAR(a.HalfIntervalPoints(), 196 * std::sqrt(variance / 1000), 1e-9);
}

TEST(PairedAccuracy, NoImagesAndNoFlips) {
  EXPECT_EQ(PairedAccuracy().BeforePercent(), 0);
  EXPECT_EQ(PairedAccuracy().HalfIntervalPoints(), 0);
  const auto same = CompareInPairs({1, 1}, {1, 2}, {1, 2});
  EXPECT_EQ(same.HalfIntervalPoints(), 0);
  EXPECT_EQ(same.BeforePercent(), 50);
}

TEST(ArgMax, TakesTheFirstOfEquals) {
  const int values[] = {-3, 7, 7, 1};
  EXPECT_EQ(ArgMax(values, 4), 1);
}

}  // namespace
}  // namespace lockstep::quant
