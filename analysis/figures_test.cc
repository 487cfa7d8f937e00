#include "analysis/figures.h"

#include "analysis/testing_groups.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "report/gnuplot.h"

namespace lockstep::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Names(const std::vector<FigureScript>& figures) {
  std::vector<std::string> names;
  for (const FigureScript& figure : figures) names.push_back(figure.name);
  return names;
}

TEST(Figures, OnlyWhatThereIsDataFor) {
  EXPECT_TRUE(MakeFigures({}).empty());
  EXPECT_THAT(Names(MakeFigures(GroupsOf({Ranks(1, 100)}))),
              ElementsAre("breakdown", "timeagainstbatch"));
  EXPECT_THAT(
      Names(
          MakeFigures(GroupsOf({Ranks(1, 100), Ranks(1, 200), Ranks(2, 100)}))),
      ElementsAre("throughput", "strong", "breakdown", "timeagainstbatch"));
}

TEST(Figures, SpeedupStartsAtTheBaseline) {
  const auto figures = MakeFigures(GroupsOf({Ranks(1, 100), Ranks(2, 100)}));
  EXPECT_THAT(figures.at(0).script, HasSubstr("EOD\n1 1 1 1\n2 1.789"));
  EXPECT_THAT(figures.at(0).script, HasSubstr("'ideal'"));
}

TEST(Figures, MechanismsHaveLinesOfTheirOwn) {
  SyntheticRun replicas = Ranks(2, 100);
  replicas.id = "replicas";
  replicas.mechanism = DATA_PARALLEL;
  const auto figures =
      MakeFigures(GroupsOf({Ranks(1, 100), Ranks(2, 100), replicas}));
  EXPECT_THAT(figures.at(0).script,
              HasSubstr("title 'data_parallel, batch 100 per rank'"));
  EXPECT_THAT(figures.at(0).script, HasSubstr("title 'batch 100 per rank'"));
}

TEST(Figures, GnuplotTakesEachOfThem) {
  std::vector<SyntheticRun> runs;
  for (const uint32_t ranks : {1, 2, 4, 32})
    for (const uint32_t batch : {50, 100, 200})
      runs.push_back(Ranks(ranks, batch));
  runs.push_back(Ranks(1, 100));
  runs.back().model = "it's <b>\"$`system date`";
  for (const FigureScript& figure : MakeFigures(GroupsOf(runs))) {
    const auto svg =
        DrawSvg(figure.script, figure.name, figure.width, figure.height);
    if (absl::IsNotFound(svg.status())) GTEST_SKIP() << svg.status();
    ASSERT_TRUE(svg.ok()) << figure.name << ": " << svg.status();
  }
}

}  // namespace
}  // namespace lockstep::analysis
