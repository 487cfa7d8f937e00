#include "analysis/scaling_runs.h"

#include "analysis/testing_groups.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

SyntheticRun Repeat(SyntheticRun run, const std::string& id) {
  run.id = id;
  return run;
}

TEST(ScalingRuns, OneBaselineAndEveryRepeat) {
  const auto groups = GroupsOf({Ranks(1, 100), Repeat(Ranks(1, 100), "again"),
                                Ranks(2, 100), Ranks(4, 100)});
  const auto runs = ScalingRunsOf(groups, Scaling::kWeak);
  ASSERT_EQ(runs.size(), 1);
  EXPECT_EQ(runs[0].points.size(), 2);
  EXPECT_EQ(NameOf(runs[0]), "weak, #1 (P = 1, batch 100)");
  const auto times = TimesOf(runs[0]);
  ASSERT_EQ(times.size(), 4);
  EXPECT_EQ(times[1].world_size, 1);
  EXPECT_NEAR(times[2].seconds, 0.038, 1e-9);
  EXPECT_EQ(times[3].world_size, 4);
}

TEST(ScalingRuns, AnotherWayToExchangeIsAnotherSeries) {
  SyntheticRun caps = Ranks(2, 100);
  caps.id = "caps";
  caps.flags["bucket_cap_mb"] = "5";
  const auto groups = GroupsOf({Ranks(1, 100), Ranks(2, 100), caps});
  EXPECT_EQ(ScalingRunsOf(groups, Scaling::kWeak).size(), 2);
  EXPECT_TRUE(ScalingRunsOf(groups, Scaling::kStrong).empty());
}

TEST(ScalingRuns, EpochsOfThroughput) {
  const auto groups = GroupsOf({Ranks(1, 100), Ranks(2, 100)});
  const auto runs = ScalingRunsOf(groups, Scaling::kThroughput);
  ASSERT_EQ(runs.size(), 1);
  EXPECT_NEAR(TimesOf(runs[0])[1].seconds, 10 * 0.038, 1e-9);
}

}  // namespace
}  // namespace lockstep::analysis
