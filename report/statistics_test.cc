#include "report/statistics.h"

#include <cmath>

#include "gtest/gtest.h"

namespace lockstep {
namespace {

TEST(Statistics, MedianOfOddAndEvenCounts) {
  EXPECT_EQ(Median({3, 1, 2}), 2);
  EXPECT_EQ(Median({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(Median({7}), 7);
  EXPECT_EQ(Median({}), 0);
}

TEST(Statistics, MeanOfNothingIsZero) {
  EXPECT_EQ(Mean({1, 2, 6}), 3);
  EXPECT_EQ(Mean({}), 0);
}

std::vector<double> Uniform(int count, uint64_t seed) {
  Random random(seed);
  std::vector<double> values(count);
  for (double& value : values) value = random() * std::pow(2.0, -64);
  return values;
}

Estimate MeanEstimate(const std::vector<double>& values, uint64_t seed) {
  return Bootstrap(Mean(values), seed, [&](Random& random) {
    return Mean(Resample(values, random));
  });
}

TEST(Statistics, IntervalOfAMeanHasItsTextbookWidth) {
  // The mean of n uniform values has the standard deviation 1/sqrt(12 n); the
  // interval is 2 * 1.96 of it wide. 1,000 replicates know it to about 5 %.
  const std::vector<double> values = Uniform(400, 1);
  const auto interval = Interval95(MeanEstimate(values, 2));
  ASSERT_TRUE(interval.has_value());
  const double width = 2 * 1.96 / std::sqrt(12.0 * 400);
  EXPECT_NEAR(interval->high - interval->low, width, 0.15 * width);
  EXPECT_LT(interval->low, Mean(values));
  EXPECT_GT(interval->high, Mean(values));
}

TEST(Statistics, SameSeedSameInterval) {
  const std::vector<double> values = Uniform(50, 3);
  EXPECT_EQ(MeanEstimate(values, 4).replicates,
            MeanEstimate(values, 4).replicates);
  EXPECT_NE(MeanEstimate(values, 4).replicates,
            MeanEstimate(values, 5).replicates);
}

TEST(Statistics, WhatVariesTogetherCancelsInARatio) {
  const std::vector<double> values = Uniform(50, 6);
  std::vector<double> doubled = values;
  for (double& value : doubled) value *= 2;
  const Estimate ratio =
      Apply([](double a, double b) { return b / a; }, MeanEstimate(values, 7),
            MeanEstimate(doubled, 7));
  EXPECT_DOUBLE_EQ(ratio.value, 2);
  EXPECT_NEAR(Interval95(ratio)->low, 2, 1e-12);
  EXPECT_NEAR(Interval95(ratio)->high, 2, 1e-12);
}

TEST(Statistics, NoReplicatesNoInterval) {
  const Estimate known = MeanEstimate(Uniform(10, 8), 9);
  const Estimate unknown{1, {}};
  EXPECT_FALSE(Interval95(unknown).has_value());
  const auto sum = [](double a, double b) { return a + b; };
  EXPECT_FALSE(Interval95(Apply(sum, known, unknown)).has_value());
}

// Step times of a long run.
std::vector<double> LongRun(size_t size) {
  std::vector<double> values;
  Random random(7);
  for (size_t i = 0; i < size; ++i) values.push_back(random() % 1000);
  return values;
}

double WidthOf(const Replicate& replicate) {
  const Interval interval = *Interval95(Bootstrap(0, 1, replicate));
  return interval.high - interval.low;
}

TEST(Replicate, OfFewValuesDrawsEach) {
  const std::vector<double> values = {1, 2, 4, 8, 16};
  Random a(3), b(3);
  EXPECT_EQ(MeanReplicate(values)(a), Mean(Resample(values, b)));
  EXPECT_EQ(MedianReplicate(values)(a), Median(Resample(values, b)));
}

// 1,000 replicates give a width to 5 %.
TEST(Replicate, OfManyValuesHasTheSpreadOfDrawingEach) {
  const std::vector<double> values = LongRun(3 * kMostDraws);
  const double mean =
      WidthOf([&](Random& r) { return Mean(Resample(values, r)); });
  EXPECT_NEAR(WidthOf(MeanReplicate(values)), mean, 0.15 * mean);
  const double median =
      WidthOf([&](Random& r) { return Median(Resample(values, r)); });
  EXPECT_NEAR(WidthOf(MedianReplicate(values)), median, 0.15 * median);
}

TEST(Replicate, OfManyValuesSurroundsTheFigure) {
  const std::vector<double> values = LongRun(kMostDraws + 1);
  for (const Replicate& replicate :
       {MeanReplicate(values), MedianReplicate(values)}) {
    const Interval interval = *Interval95(Bootstrap(0, 1, replicate));
    EXPECT_LT(interval.low, Median(values));
    EXPECT_GT(interval.high, Median(values));
  }
}

}  // namespace
}  // namespace lockstep
