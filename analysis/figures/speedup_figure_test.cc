#include "analysis/figures/speedup_figure.h"

#include "analysis/figures/testing_figures.h"
#include "analysis/testing_groups.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> Names(const std::vector<FigureScript>& figures) {
  std::vector<std::string> names;
  for (const FigureScript& figure : figures) names.push_back(figure.name);
  return names;
}

TEST(SpeedupFigures, OnlyWhatThereIsDataFor) {
  EXPECT_TRUE(SpeedupFigures({}).empty());
  EXPECT_TRUE(SpeedupFigures(GroupsOf({Ranks(1, 100)})).empty());
  EXPECT_THAT(Names(SpeedupFigures(
                  GroupsOf({Ranks(1, 100), Ranks(1, 200), Ranks(2, 100)}))),
              ElementsAre("throughput", "strong", "efficiency"));
}

TEST(SpeedupFigures, StartAtTheBaseline) {
  const auto figures = SpeedupFigures(GroupsOf({Ranks(1, 100), Ranks(2, 100)}));
  EXPECT_THAT(figures.at(0).script, HasSubstr("EOD\n1 1 1 1\n2 1.789"));
  EXPECT_THAT(figures.at(0).script, HasSubstr("'ideal'"));
  // Weak: 34 ms / 38 ms.
  EXPECT_THAT(figures.at(1).script, HasSubstr("EOD\n1 100 100 100\n2 89.47"));
}

TEST(SpeedupFigures, MechanismsHaveLinesOfTheirOwn) {
  SyntheticRun replicas = Ranks(2, 100);
  replicas.id = "replicas";
  replicas.mechanism = DATA_PARALLEL;
  const auto figures =
      SpeedupFigures(GroupsOf({Ranks(1, 100), Ranks(2, 100), replicas}));
  EXPECT_THAT(figures.at(0).script,
              HasSubstr("title 'data_parallel, batch 100 per rank'"));
  EXPECT_THAT(figures.at(0).script, HasSubstr("title 'batch 100 per rank'"));
}

TEST(SpeedupFigures, PredictionsAreOpenMarkers) {
  const auto groups = GroupsOf({Ranks(1, 100), Ranks(2, 100)});
  const PlotSeries predicted = {"batch 100 per rank, predicted",
                                {{8, {6.5, {}}}, {64, {40, {}}}}};
  const auto figures = SpeedupFigures(groups, {{}, {predicted}});
  EXPECT_THAT(figures.at(0).script, HasSubstr("\n8 6.5 6.5 6.5\n64 40"));
  EXPECT_THAT(figures.at(0).script, HasSubstr("pointtype 4"));  // open square
  EXPECT_THAT(figures.at(0).script, HasSubstr("set logscale x 2"));
  EXPECT_THAT(SpeedupFigures(groups).at(0).script,
              Not(HasSubstr("pointtype 4")));
  EXPECT_EQ(WhyNotDrawn(figures), "");
}

TEST(SpeedupFigures, NamesAreText) {
  std::vector<SyntheticRun> runs;
  for (const char* model : {"it's <b>\"$`system date`", "other"})
    for (const uint32_t ranks : {1, 2, 32}) {
      runs.push_back(Ranks(ranks, 50));
      runs.back().model = model;
      runs.back().id += model;
    }
  EXPECT_EQ(WhyNotDrawn(SpeedupFigures(GroupsOf(runs))), "");
}

}  // namespace
}  // namespace lockstep::analysis
