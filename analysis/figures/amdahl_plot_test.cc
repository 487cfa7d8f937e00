#include "analysis/figures/amdahl_plot.h"

#include "analysis/testing_groups.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;

TEST(AmdahlPlot, ACurveThroughTheLastPoint) {
  // 34 ms on one rank; on two, half the compute and 4 ms of communication.
  SyntheticRun two = Ranks(2, 100);
  two.forward_s /= 2;
  two.backward_s /= 2;
  const LinePlot plot = AmdahlPlot(GroupsOf({Ranks(1, 200), two}));
  ASSERT_EQ(plot.series.size(), 2);
  const double speedup = 34.0 / 23.0;
  const double serial = 2 / speedup - 1;
  EXPECT_NEAR(plot.series[0].points.at(1).y.value, speedup, 1e-9);
  EXPECT_THAT(plot.series[0].title, HasSubstr("s(2) = 0.353"));
  const PlotPoint& end = plot.series[1].points.back();
  EXPECT_EQ(end.x, 8);
  EXPECT_NEAR(end.y.value, 1 / (serial + (1 - serial) / 8), 1e-9);
}

TEST(AmdahlPlot, NoCurveWhereTheLawDoesNotHold) {
  const LinePlot slower = AmdahlPlot(GroupsOf({Ranks(1, 200), Ranks(2, 100)}));
  ASSERT_EQ(slower.series.size(), 1);  // s = 1.24
  EXPECT_TRUE(AmdahlPlot(GroupsOf({Ranks(1, 100)})).series.empty());
}

}  // namespace
}  // namespace lockstep::analysis
