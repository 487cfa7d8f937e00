#include "analysis/figures/summary_figure.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analysis/figures/testing_figures.h"
#include "analysis/testing_groups.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

int Panels(const std::string& script) {
  const std::vector<std::string> parts = absl::StrSplit(script, "reset\n");
  return static_cast<int>(parts.size()) - 1;
}

FigureScript SummaryOf(const std::vector<SyntheticRun>& runs) {
  return SummaryFigure(GroupsOf(runs), GroupTrainings(RunsOf(runs)));
}

TEST(SummaryFigure, SixPanels) {
  const FigureScript figure =
      SummaryOf({Ranks(1, 100), Ranks(1, 200), Ranks(2, 100), Ranks(4, 50)});
  EXPECT_EQ(Panels(figure.script), 6);
  EXPECT_THAT(figure.script, Not(HasSubstr("no data")));
  EXPECT_THAT(figure.script, HasSubstr("'Strong speedup of a step'"));
  EXPECT_EQ(figure.table, "");
  EXPECT_EQ(WhyNotDrawn({figure}), "");
}

TEST(SummaryFigure, PanelsWithoutDataSayWhatIsMissing) {
  const FigureScript one = SummaryOf({Ranks(1, 100)});
  EXPECT_EQ(Panels(one.script), 6);
  EXPECT_THAT(one.script, HasSubstr("'needs P = 1 and another P'"));
  EXPECT_THAT(one.script, HasSubstr("'no data:'"));
  const FigureScript none = SummaryFigure({}, {});
  EXPECT_EQ(Panels(none.script), 6);
  EXPECT_EQ(WhyNotDrawn({one, none}), "");
}

TEST(SummaryFigure, ThroughputWhereThereIsNoStrongScaling) {
  EXPECT_THAT(SummaryOf({Ranks(1, 100), Ranks(2, 100)}).script,
              HasSubstr("'Throughput speedup of an epoch'"));
}

}  // namespace
}  // namespace lockstep::analysis
