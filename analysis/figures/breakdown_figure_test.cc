#include "analysis/figures/breakdown_figure.h"

#include "analysis/figures/testing_figures.h"
#include "analysis/testing_groups.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(BreakdownFigures, SharesOfAStep) {
  const auto figures =
      BreakdownFigures(GroupsOf({Ranks(1, 100), Ranks(2, 100)}));
  ASSERT_EQ(figures.size(), 1);
  // 1, 10, 20, 0, 2 and 1 of 34 ms.
  EXPECT_THAT(figures[0].script,
              HasSubstr("2.94118 29.4118 58.8235 0 5.88235"));
  EXPECT_THAT(figures[0].script, Not(HasSubstr("host to device")));
  EXPECT_THAT(figures[0].script, HasSubstr("pattern"));  // black and white
  EXPECT_EQ(WhyNotDrawn(figures), "");
}

TEST(BreakdownFigures, ManyBarsHaveTurnedLabels) {
  std::vector<SyntheticRun> runs;
  for (uint32_t batch = 10; batch < 30; ++batch)
    runs.push_back(Ranks(1, batch));
  const auto figures = BreakdownFigures(GroupsOf(runs));
  EXPECT_GT(figures.at(0).width, 760);
  EXPECT_THAT(figures.at(0).script, HasSubstr("rotate by 60"));
  EXPECT_EQ(WhyNotDrawn(figures), "");
}

TEST(BreakdownFigures, RunsWithoutPartsHaveNoBar) {
  std::vector<RunGroup> groups = GroupsOf({Ranks(1, 100)});
  groups[0].runs[0].measurement.parts = {};
  EXPECT_TRUE(WithParts(groups).empty());
  EXPECT_TRUE(BreakdownFigures(groups).empty());
}

}  // namespace
}  // namespace lockstep::analysis
