#include "analysis/run_group.h"

#include "analysis/testing_groups.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

double Total(const StepParts& parts) { return parts.total; }

std::vector<RunGroup> Repeats(const std::vector<double>& forward_s) {
  std::vector<SyntheticRun> runs;
  for (const double seconds : forward_s) {
    runs.push_back(Ranks(1, 100));
    runs.back().id += std::to_string(runs.size());
    runs.back().forward_s = seconds;
    runs.back().jitter = 0.01;
  }
  return GroupsOf(runs);
}

TEST(RunGroup, RepeatsAreOneGroupOthersAreNot) {
  const auto groups =
      GroupsOf({Ranks(2, 100), Ranks(1, 200), Ranks(1, 100), Ranks(1, 200)});
  ASSERT_EQ(groups.size(), 3);
  EXPECT_EQ(groups[0].runs.size(), 1);  // P = 1, batch 100
  EXPECT_EQ(groups[1].runs.size(), 2);  // P = 1, batch 200
  EXPECT_EQ(groups[2].configuration.world_size, 2);
  EXPECT_EQ(groups[2].number, 3);
}

TEST(RunGroup, FigureIsTheMedianOfTheRepeats) {
  const auto groups = Repeats({0.010, 0.013, 0.030});
  ASSERT_EQ(groups.size(), 1);
  const double median = 0.034 + 0.003;  // 34 ms with the default forward
  EXPECT_NEAR(StepTime(groups[0], Spread::kSteps).value, median, 1e-12);
  EXPECT_NEAR(EpochTime(groups[0], Spread::kRepeats).value, 20 * median, 1e-12);
  EXPECT_NEAR(PartTime(groups[0], Total).value, median, 1e-12);
}

TEST(RunGroup, ThreeRepeatsSpreadTwoDoNot) {
  const auto three = Repeats({0.010, 0.013, 0.030});
  EXPECT_EQ(BestSpread(three[0]), Spread::kRepeats);
  const auto interval = Interval95(PartTime(three[0], Total));
  EXPECT_NEAR(interval->low, 0.034, 1e-12);
  EXPECT_NEAR(interval->high, 0.054, 1e-12);
  EXPECT_EQ(BestSpread(Repeats({0.010, 0.013})[0]), Spread::kSteps);
}

TEST(RunGroup, StepsOfOneRunSpread) {
  const auto group = Repeats({0.010})[0];
  // Steps are 0.98 ... 1.02 of 34 ms; 20 of them pin the mean to 0.6 %.
  for (const Estimate& estimate :
       {StepTime(group, Spread::kSteps), PartTime(group, Total)}) {
    const auto interval = Interval95(estimate);
    ASSERT_TRUE(interval.has_value());
    EXPECT_LT(interval->low, 0.034);
    EXPECT_GT(interval->high, 0.034);
    EXPECT_GT(interval->low, 0.98 * 0.034);
    EXPECT_LT(interval->high, 1.02 * 0.034);
  }
}

TEST(RunGroup, NothingToResampleNoInterval) {
  SyntheticRun run = Ranks(1, 2000);  // one step an epoch
  const auto group = GroupsOf({run})[0];
  EXPECT_FALSE(Interval95(StepTime(group, Spread::kSteps)).has_value());
  EXPECT_FALSE(Interval95(PartTime(group, Total)).has_value());
}

}  // namespace
}  // namespace lockstep::analysis
