#include "analysis/laws/amdahl.h"

#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

TEST(FitAmdahl, FindsWhatWasPlanted) {
  std::vector<ScalingTime> times;
  for (const uint32_t p : {1, 2, 4, 8}) times.push_back({p, 0.5 + 1.5 / p});
  const auto fit = FitAmdahl(Scaling::kStrong, times);
  ASSERT_TRUE(fit.ok());
  EXPECT_NEAR(fit->one_rank_s.value, 2, 1e-9);
  EXPECT_NEAR(fit->serial_fraction.value, 0.25, 1e-9);
  EXPECT_EQ(fit->quality.degrees_of_freedom, 2);
  EXPECT_NEAR(fit->quality.largest_residual_percent, 0, 1e-9);
}

TEST(FitAmdahl, TwoPointsAreAnExactFit) {
  const auto fit = FitAmdahl(Scaling::kStrong, {{1, 101.7}, {4, 34.3}});
  ASSERT_TRUE(fit.ok());
  // The Karp-Flatt fraction of the same two: (34.3 / 101.7 - 1/4) / (3/4).
  EXPECT_NEAR(fit->serial_fraction.value, 0.1164, 1e-4);
  EXPECT_FALSE(fit->serial_fraction.interval.has_value());
}

TEST(FitAmdahl, SuperlinearIsNoNegativeFraction) {
  const auto fit = FitAmdahl(Scaling::kStrong, {{1, 10.0}, {2, 4.8}, {4, 2.3}});
  ASSERT_TRUE(fit.ok());
  EXPECT_EQ(fit->serial_fraction.value, 0);
  EXPECT_EQ(fit->serial_fraction.interval->low, 0);
}

TEST(FitAmdahl, IsForStrongScalingOnly) {
  EXPECT_FALSE(FitAmdahl(Scaling::kThroughput, {{1, 2.0}, {2, 1.0}}).ok());
  EXPECT_FALSE(FitAmdahl(Scaling::kWeak, {{1, 2.0}, {2, 1.0}}).ok());
  EXPECT_FALSE(FitAmdahl(Scaling::kStrong, {{2, 2.0}, {2, 1.0}}).ok());
}

}  // namespace
}  // namespace lockstep::analysis
