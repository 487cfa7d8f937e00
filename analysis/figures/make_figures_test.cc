#include "analysis/figures/make_figures.h"

#include "analysis/figures/testing_figures.h"
#include "analysis/testing_groups.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> NamesOf(const std::vector<SyntheticRun>& runs,
                                 const FigureInputs& inputs = {}) {
  const auto figures =
      MakeFigures(GroupsOf(runs), GroupTrainings(RunsOf(runs)), inputs);
  EXPECT_EQ(WhyNotDrawn(figures), "");
  std::vector<std::string> names;
  for (const FigureScript& figure : figures) names.push_back(figure.name);
  return names;
}

TEST(MakeFigures, OnlyWhatThereIsDataFor) {
  EXPECT_TRUE(MakeFigures({}, {}).empty());
  EXPECT_THAT(
      NamesOf({Ranks(1, 100)}),
      ElementsAre("summary", "timeagainstbatch", "breakdown", "timeline"));
  EXPECT_THAT(NamesOf({Ranks(1, 100), Ranks(1, 200), Ranks(2, 100)}),
              ElementsAre("summary", "timeagainstbatch", "throughput", "strong",
                          "efficiency", "breakdown", "timeline", "messages",
                          "roofline"));
}

TEST(MakeFigures, DrawsManyRuns) {
  std::vector<SyntheticRun> runs;
  for (const uint32_t ranks : {1, 2, 4, 32})
    for (const uint32_t batch : {50, 100, 200}) {
      runs.push_back(Ranks(ranks, batch));
      runs.back().baseline_share = 0.8;
      runs.back().jitter = 0.02;
    }
  NamesOf(runs, {2.5, {}, {}});
}

}  // namespace
}  // namespace lockstep::analysis
