#include "analysis/predict_table.h"

#include "analysis/testing_groups.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

SyntheticRun NoAlpha(uint32_t ranks, uint32_t batch) {
  SyntheticRun run = Ranks(ranks, batch);
  run.alpha_s = 0;
  return run;
}

TEST(PredictionTable, SameBatchAndStrong) {
  const Table table = PredictionTable(
      GroupsOf({NoAlpha(1, 25), NoAlpha(1, 100), NoAlpha(2, 100)}), {{4}, 0});
  ASSERT_EQ(table.rows.size(), 3);  // batch 25, 100, and 100 over four ranks
  EXPECT_EQ(CellAt(table, 1, "kind"), "same batch per rank");
  EXPECT_THAT(CellAt(table, 1, "from"), HasSubstr("(P = 2, batch 100)"));
  EXPECT_THAT(CellAt(table, 1, "step (ms)"), HasSubstr("39.00"));
  // An epoch of 20 steps of 34 ms against one of 5 of 39.
  EXPECT_THAT(CellAt(table, 1, "speedup"), HasSubstr("3.487"));
  EXPECT_EQ(CellAt(table, 2, "kind"), "strong");
  EXPECT_EQ(CellAt(table, 2, "batch/rank"), "25");
  EXPECT_THAT(table.notes, Contains(HasSubstr("beta = 1 GB/s from training "
                                              "buckets of #")));
}

TEST(PredictionTable, WhatIsMissingIsANote) {
  const Table strong =
      PredictionTable(GroupsOf({NoAlpha(1, 100), NoAlpha(2, 100)}), {{4}, 0});
  EXPECT_THAT(strong.notes, Contains(HasSubstr(
                                "strong, P = 4, batch 25: no run with batch 25 "
                                "per rank was recorded")));
  EXPECT_THAT(PredictionTable(GroupsOf({NoAlpha(1, 100)}), {{4}, 0}).notes,
              Contains(HasSubstr("run P = 2")));
}

TEST(PredictionTable, AnotherLinkIsNamed) {
  const Table table = PredictionTable(
      GroupsOf({NoAlpha(1, 100), NoAlpha(2, 100)}), {{2}, 1.25});
  EXPECT_THAT(table.notes, Contains(HasSubstr("another link, 10 Gbit/s")));
}

TEST(PredictionTable, SharedCoresAreNamed) {
  std::vector<SyntheticRun> runs = {NoAlpha(1, 100), NoAlpha(2, 100)};
  for (SyntheticRun& run : runs) run.cores = 2;
  const std::string note =
      "P = 4 from P = 2: threads / cores of a machine are 4 / 2 instead of "
      "2 / 2: all but the exchange x 2";
  EXPECT_THAT(PredictionTable(GroupsOf(runs), {{4}, 0}).notes, Contains(note));
  for (SyntheticRun& run : runs) run.cores = 4;
  EXPECT_THAT(PredictionTable(GroupsOf(runs), {{4}, 0}).notes,
              Not(Contains(HasSubstr("cores"))));
}

// One rank exchanges nothing: there is nothing to predict.
TEST(PredictionErrorTable, EveryNumberOfRanksFromTheOthers) {
  const Table table = PredictionErrorTable(
      GroupsOf({NoAlpha(1, 100), NoAlpha(2, 100), NoAlpha(4, 100)}));
  ASSERT_EQ(table.rows.size(), 2);
  EXPECT_EQ(CellAt(table, 0, "P"), "2");
  EXPECT_THAT(CellAt(table, 0, "from"), HasSubstr("P = 4"));
  EXPECT_THAT(CellAt(table, 0, "predicted transfer (ms)"), HasSubstr("4.00"));
  EXPECT_THAT(CellAt(table, 0, "measured transfer (ms)"), HasSubstr("4.00"));
  EXPECT_EQ(CellAt(table, 1, "P"), "4");
}

TEST(PredictTables, OnlyWhenAsked) {
  const auto groups = GroupsOf({NoAlpha(1, 100), NoAlpha(2, 100)});
  EXPECT_TRUE(PredictTables(groups, {}).empty());
  EXPECT_EQ(PredictTables(groups, {{8}, 0}).size(), 2);
  EXPECT_EQ(PredictTables({}, {{8}, 0})[0].notes.size(), 1);
}

TEST(PredictTables, RunsWithoutPartsOrBuckets) {
  std::vector<RunGroup> groups = GroupsOf({Ranks(1, 100), Ranks(2, 100)});
  for (RunGroup& group : groups) {
    group.runs[0].buckets.clear();
    group.runs[0].measurement.sampled.clear();
    group.runs[0].measurement.step_s = {0.03};
  }
  EXPECT_TRUE(PredictTables(groups, {{8}, 0})[0].rows.empty());
}

}  // namespace
}  // namespace lockstep::analysis
