#include "analysis/figures/timeline_figure.h"

#include "absl/strings/str_cat.h"
#include "analysis/figures/testing_figures.h"
#include "analysis/testing_groups.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(TimelineFigures, PhasesAndBucketsOfTheMostRanks) {
  const auto figures =
      TimelineFigures(GroupsOf({Ranks(1, 100), Ranks(2, 100)}));
  ASSERT_EQ(figures.size(), 1);
  const std::string& script = figures[0].script;
  // Rank 1's backward pass: from 11 to 31 ms in the second lane.
  EXPECT_THAT(script, HasSubstr("21 1.29 11 31 1.08 1.5\n"));
  // Its second bucket: from 31 to 35 ms.
  EXPECT_THAT(script, HasSubstr("33 1.74 31 35 1.58 1.9\n"));
  EXPECT_THAT(script, HasSubstr("'rank 1' 1.5"));
  EXPECT_THAT(figures[0].caption, HasSubstr("p2b100 (P = 2, batch 100), all"));
  EXPECT_EQ(WhyNotDrawn(figures), "");
}

TEST(TimelineFigures, ClocksAreAligned) {
  SyntheticRun run = Ranks(2, 100);
  run.many_hosts = true;
  run.clock_offset_ns = 5000000000;
  run.clock_error_ns = 20000;
  const auto figures = TimelineFigures(GroupsOf({run}));
  EXPECT_THAT(figures.at(0).script, HasSubstr("21 1.29 11 31 1.08 1.5\n"));
  EXPECT_THAT(figures[0].caption, HasSubstr("within 20 us"));
}

TEST(TimelineFigures, AtMostEightRanks) {
  const auto figures = TimelineFigures(GroupsOf({Ranks(32, 10)}));
  EXPECT_THAT(figures.at(0).script, HasSubstr("'rank 7'"));
  EXPECT_THAT(figures[0].script, Not(HasSubstr("'rank 8'")));
  EXPECT_THAT(figures[0].caption, HasSubstr("the first 8 of 32 ranks"));
}

TEST(TimelineFigures, NoneWithoutSteps) {
  EXPECT_TRUE(TimelineFigures({}).empty());
  std::vector<RunGroup> groups = GroupsOf({Ranks(2, 100)});
  groups[0].runs[0].typical_step.reset();
  EXPECT_TRUE(TimelineFigures(groups).empty());
}

TEST(TimelineFigures, ImpossibleTimesAreDrawnOrNot) {
  std::vector<RunGroup> groups = GroupsOf({Ranks(2, 100)});
  RankStep& rank = *groups[0].runs[0].typical_step->mutable_ranks(0);
  rank.set_data_s(-1);
  rank.set_forward_s(0.0 / 0.0);
  rank.set_backward_s(1e300);
  rank.mutable_buckets(0)->set_end_ns(INT64_MAX);
  rank.mutable_buckets(1)->set_start_ns(INT64_MIN);
  EXPECT_EQ(WhyNotDrawn(TimelineFigures(groups)), "");
}

}  // namespace
}  // namespace lockstep::analysis
