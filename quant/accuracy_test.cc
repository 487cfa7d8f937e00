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

PairedAccuracy Flips(size_t lost, size_t gained) {
  PairedAccuracy a;
  a.images = 1000000000, a.lost = lost, a.gained = gained;
  return a;
}

TEST(McNemar, EqualsTheBinomialSum) {
  EXPECT_EQ(Flips(0, 0).McNemarP(), 1);
  EXPECT_EQ(Flips(1, 0).McNemarP(), 1);
  EXPECT_EQ(Flips(4, 4).McNemarP(), 1);
  EXPECT_NEAR(Flips(5, 0).McNemarP(), 2.0 / 32, 1e-15);
  // 2 (1 + 17 + 136 + 680 + 2380 + 6188) / 2^17
  EXPECT_NEAR(Flips(12, 5).McNemarP(), 2.0 * 9402 / 131072, 1e-13);
  EXPECT_EQ(Flips(5, 12).McNemarP(), Flips(12, 5).McNemarP());
}

TEST(McNemar, StandsLargeCounts) {
  // Of a million flips, 1000 more one way are 1 standard deviation of b - c;
  // with the continuity correction z = 0.999.
  EXPECT_NEAR(Flips(500500, 499500).McNemarP(), std::erfc(0.999 / std::sqrt(2)),
              1e-6);
  EXPECT_EQ(Flips(1000000, 0).McNemarP(), 0);  // below the smallest double
}

TEST(ArgMax, TakesTheFirstOfEquals) {
  const int values[] = {-3, 7, 7, 1};
  EXPECT_EQ(ArgMax(values, 4), 1);
}

}  // namespace
}  // namespace lockstep::quant
