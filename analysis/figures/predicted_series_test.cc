#include "analysis/figures/predicted_series.h"

#include "analysis/testing_groups.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

TEST(PredictedSeries, APointForEachNumberOfRanks) {
  const auto groups = GroupsOf({Ranks(1, 96), Ranks(1, 24), Ranks(2, 24)});
  const PredictedSpeedups predicted = PredictedSeries(groups, {{4, 8}, 0});
  ASSERT_EQ(predicted.throughput.size(), 2u);  // a line for each batch
  ASSERT_EQ(predicted.throughput[0].points.size(), 2u);
  EXPECT_EQ(predicted.throughput[0].points[0].x, 4);
  EXPECT_GT(predicted.throughput[0].points[0].y.value, 1);
  EXPECT_LT(predicted.throughput[0].points[0].y.value, 4);
  ASSERT_EQ(predicted.strong.size(), 1u);  // 96 on four ranks of 24
  EXPECT_EQ(predicted.strong[0].points.size(), 1u);
}

TEST(PredictedSeries, NothingIsAskedNothingIsDrawn) {
  const auto groups = GroupsOf({Ranks(1, 48), Ranks(2, 48)});
  EXPECT_TRUE(PredictedSeries(groups, {}).throughput.empty());
}

}  // namespace
}  // namespace lockstep::analysis
