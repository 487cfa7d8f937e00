#include "analysis/laws/gustafson.h"

#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

TEST(FitGustafson, FindsWhatWasPlanted) {
  std::vector<ScalingTime> times;
  for (const uint32_t p : {1, 2, 4, 8})
    times.push_back({p, 0.1 * p / (p - 0.2 * (p - 1))});
  const auto fit = FitGustafson(Scaling::kWeak, times);
  ASSERT_TRUE(fit.ok());
  EXPECT_NEAR(fit->one_rank_s.value, 0.1, 1e-9);
  EXPECT_NEAR(fit->serial_fraction.value, 0.2, 1e-9);
  EXPECT_LE(fit->one_rank_s.interval->low, 0.1);
  EXPECT_GE(fit->one_rank_s.interval->high, 0.1);
}

TEST(FitGustafson, IsForWeakScalingOnly) {
  EXPECT_FALSE(FitGustafson(Scaling::kStrong, {{1, 1.0}, {2, 1.1}}).ok());
  EXPECT_FALSE(FitGustafson(Scaling::kThroughput, {{1, 1.0}, {2, 1.1}}).ok());
  EXPECT_FALSE(FitGustafson(Scaling::kWeak, {{1, 1.0}}).ok());
}

}  // namespace
}  // namespace lockstep::analysis
