#include "analysis/figures/bandwidth_figure.h"

#include "analysis/figures/testing_figures.h"
#include "analysis/testing_groups.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MessagesOf, BucketsAndBaseline) {
  SyntheticRun run = Ranks(2, 100);
  run.baseline_share = 0.5;
  const auto messages = MessagesOf(GroupsOf({Ranks(1, 100), run}));
  ASSERT_EQ(messages.size(), 2);
  EXPECT_EQ(messages[0].from, kAlone);
  EXPECT_EQ(messages[0].times.size(), 3);
  const MessageSeries& buckets = messages[1];
  EXPECT_EQ(buckets.title, "P = 2, in training");
  ASSERT_EQ(buckets.times.size(), 2);
  EXPECT_EQ(buckets.times[0].bytes, 1000000);
  EXPECT_NEAR(buckets.times[0].seconds.value, 0.002, 1e-9);
  EXPECT_NEAR(buckets.times[1].seconds.value, 0.004, 1e-9);
}

TEST(MessagesOf, BatchesAreOneSeries) {
  EXPECT_EQ(MessagesOf(GroupsOf({Ranks(2, 50), Ranks(2, 100)})).size(), 1);
  SyntheticRun other = Ranks(2, 100);
  other.model = "lenet";
  other.id = "other";
  const auto messages = MessagesOf(GroupsOf({Ranks(2, 100), other}));
  ASSERT_EQ(messages.size(), 2);
  EXPECT_THAT(messages[0].title, HasSubstr("#"));
}

TEST(BandwidthFigures, PointsLawAndPeak) {
  MessageSeries messages = {
      "link",
      "",
      2,
      {{2e6, {0.003, {}}}, {1e6, {0.002, {}}}, {5, {0, {}}}},
      {}};
  const auto figures = BandwidthFigures({messages}, 1.25);
  ASSERT_EQ(figures.size(), 1);
  // busbw = bytes / time at P = 2; times that are not above 0 are left out.
  EXPECT_THAT(figures[0].script,
              HasSubstr("EOD\n1e+06 0.5 0.5 0.5\n2e+06 0.66"));
  EXPECT_THAT(figures[0].script, HasSubstr("1e+06 1.25 1.25 1.25\n2e+06 1.25"));
  EXPECT_THAT(figures[0].script, Not(HasSubstr("fit of")));
  messages.law = LinkLaw{0.0005, 1e9};  // 2 alpha + bytes / beta: the same
  const auto fitted = BandwidthFigures({messages}, 0);
  EXPECT_THAT(fitted[0].script, HasSubstr("title 'fit of link'"));
  EXPECT_THAT(fitted[0].script, HasSubstr("EOD\n1e+06 0.5 0.5 0.5\n"));
  EXPECT_EQ(WhyNotDrawn(figures), "");
  EXPECT_EQ(WhyNotDrawn(fitted), "");
}

TEST(BandwidthFigures, OneRankHasNone) {
  EXPECT_TRUE(
      BandwidthFigures(MessagesOf(GroupsOf({Ranks(1, 100)})), 1).empty());
  EXPECT_TRUE(BandwidthFigures({{"a", "", 2, {}, {}}}, 1).empty());
}

}  // namespace
}  // namespace lockstep::analysis
