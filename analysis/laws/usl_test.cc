#include "analysis/laws/usl.h"

#include <cmath>

#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

std::vector<ScalingTime> Times(double sigma, double kappa) {
  std::vector<ScalingTime> times;
  for (const uint32_t p : {1, 2, 4, 8, 16})
    times.push_back({p, 3 * (1 + sigma * (p - 1) + kappa * p * (p - 1)) / p});
  return times;
}

TEST(FitUsl, FindsWhatWasPlanted) {
  const auto fit = FitUsl(Scaling::kThroughput, Times(0.1, 0.01));
  ASSERT_TRUE(fit.ok());
  EXPECT_NEAR(fit->one_rank_s.value, 3, 1e-8);
  EXPECT_NEAR(fit->contention.value, 0.1, 1e-8);
  EXPECT_NEAR(fit->coherence.value, 0.01, 1e-8);
  EXPECT_NEAR(fit->peak_world_size.value, std::sqrt(0.9 / 0.01), 1e-4);
}

TEST(FitUsl, WithoutCoherenceThereIsNoPeak) {
  const auto fit = FitUsl(Scaling::kStrong, Times(0.1, 0));
  ASSERT_TRUE(fit.ok());
  EXPECT_NEAR(fit->coherence.value, 0, 1e-9);
  EXPECT_GT(fit->peak_world_size.interval->high, 1e3);
}

TEST(FitUsl, NeedsFourNumbersOfRanks) {
  EXPECT_FALSE(FitUsl(Scaling::kWeak, Times(0.1, 0.01)).ok());
  std::vector<ScalingTime> three = Times(0.1, 0.01);
  three.resize(3);
  three.push_back(three[2]);
  const auto fit = FitUsl(Scaling::kStrong, three);
  EXPECT_EQ(fit.status().message(),
            "The universal scalability law needs 4 different numbers of ranks, "
            "there are 3 (P = 1, 2, 4)");
}

}  // namespace
}  // namespace lockstep::analysis
