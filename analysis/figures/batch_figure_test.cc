#include "analysis/figures/batch_figure.h"

#include "analysis/figures/testing_figures.h"
#include "analysis/testing_groups.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;

TEST(BatchFigures, ALineForEachP) {
  EXPECT_TRUE(BatchFigures({}).empty());
  const auto figures =
      BatchFigures(GroupsOf({Ranks(1, 50), Ranks(1, 100), Ranks(2, 100)}));
  ASSERT_EQ(figures.size(), 1);
  EXPECT_THAT(figures[0].script, HasSubstr("EOD\n50 1.36"));  // 40 x 34 ms
  EXPECT_THAT(figures[0].script, HasSubstr("\n100 0.68"));
  EXPECT_THAT(figures[0].script, HasSubstr("title 'P = 2'"));
  EXPECT_EQ(WhyNotDrawn(figures), "");
}

}  // namespace
}  // namespace lockstep::analysis
