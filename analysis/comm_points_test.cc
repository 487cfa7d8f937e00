#include "analysis/comm_points.h"

#include <cmath>

#include "analysis/testing_groups.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

TEST(CommPoints, OfBucketsAndOfTheBaseline) {
  SyntheticRun run = Ranks(4, 100);
  run.baseline_share = 0.5;
  const RunGroup group = GroupsOf({run})[0];
  const auto training = TrainingPoints(group);
  ASSERT_EQ(training.size(), 2);
  EXPECT_EQ(training[1].world_size, 4);
  EXPECT_EQ(training[1].bytes, 3e6);
  EXPECT_NEAR(training[1].seconds, ServiceOf(run, 3000000), 1e-8);
  const auto baseline = BaselinePoints(group);
  ASSERT_EQ(baseline.size(), 9);  // three sizes, three repeats
  EXPECT_NEAR(baseline[1].seconds, 0.5 * ServiceOf(run, 1000000), 1e-8);
}

TEST(CommPoints, OneRankAndNonsenseHaveNone) {
  RunGroup group = GroupsOf({Ranks(1, 100)})[0];
  CommBaseline::Row& row = *group.runs[0].baseline.add_rows();
  row.set_bytes(5000);
  row.set_time_median_us(3);
  EXPECT_TRUE(TrainingPoints(group).empty());
  EXPECT_TRUE(BaselinePoints(group).empty());
  group.configuration.world_size = 2;
  EXPECT_EQ(BaselinePoints(group).size(), 1);
  row.add_time_us(NAN);
  row.add_time_us(-1);
  EXPECT_TRUE(BaselinePoints(group).empty());
  row.set_bytes(8);
  row.add_time_us(1);
  EXPECT_TRUE(BaselinePoints(group).empty());
}

}  // namespace
}  // namespace lockstep::analysis
