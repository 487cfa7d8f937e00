#include "analysis/figures/roofline_figure.h"

#include "analysis/figures/testing_figures.h"
#include "analysis/testing_groups.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;

TEST(LinkRoof, DeclaredThenMeasured) {
  SyntheticRun run = Ranks(2, 100);
  run.baseline_share = 0.5;
  EXPECT_EQ(LinkRoofOf(GroupsOf({run}), 3).gb_per_s, 3);
  // The whole gradient alone: 4 MB in 2.5 ms.
  const LinkRoof alone = LinkRoofOf(GroupsOf({run}), 0);
  EXPECT_NEAR(alone.gb_per_s, 1.6, 1e-6);
  EXPECT_EQ(alone.source, "largest busbw alone");
  run.link_peak_gb_per_s = 2;
  EXPECT_EQ(LinkRoofOf(GroupsOf({run}), 0).gb_per_s, 2);
  EXPECT_EQ(LinkRoofOf(GroupsOf({Ranks(1, 100)}), 0).gb_per_s, 0);
}

TEST(RooflineFigures, RunsBelowTheirRoofs) {
  const auto figures =
      RooflineFigures(GroupsOf({Ranks(1, 100), Ranks(2, 100)}), 1);
  ASSERT_EQ(figures.size(), 1);
  // 100 images for 4 MB; a step of 38 ms, 34 of them without communication.
  EXPECT_THAT(figures[0].script, HasSubstr("EOD\n25 2631.5"));
  // The roofs meet where 2941 images/s take 1 GB/s.
  EXPECT_THAT(figures[0].script, HasSubstr("\n2.94118 2941.18"));
  EXPECT_EQ(WhyNotDrawn(figures), "");
}

TEST(RooflineFigures, NoneWithoutCommunication) {
  EXPECT_TRUE(RooflineFigures(GroupsOf({Ranks(1, 100)}), 1).empty());
}

}  // namespace
}  // namespace lockstep::analysis
