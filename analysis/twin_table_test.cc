#include "analysis/twin_table.h"

#include "analysis/testing_groups.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A step of two ranks takes 38 ms: 34 of its own and 4 of exposed transfer.
SyntheticRun TwoRanks() { return Ranks(2, 100); }

// Gradients are never sent: a link that takes no time.
SyntheticRun NoSync(SyntheticRun run) {
  run.id += "-no_sync";
  run.flags["twin"] = "no_sync";
  run.alpha_s = 0;
  run.beta = 1e18;
  return run;
}

SyntheticRun Synthetic(SyntheticRun run) {
  run.id += "-synthetic";
  run.flags["twin"] = "synthetic_data";
  run.data_s = 0;
  return run;
}

// Transfer that nothing hides: the first bucket's 2 ms come on top.
SyntheticRun OverlapOff(SyntheticRun run) {
  run.id += "-off";
  run.flags["overlap"] = "false";
  run.other_s += 0.002;
  return run;
}

std::string Column(const Table& table, const std::string& title) {
  return CellAt(table, 0, title);
}

TEST(TwinTable, DifferencesBesideWhatWasMeasured) {
  const Table table = TwinTable(
      GroupsOf({TwoRanks(), NoSync(TwoRanks()), Synthetic(TwoRanks())}));
  ASSERT_EQ(table.rows.size(), 1);
  EXPECT_TRUE(table.notes.empty());
  EXPECT_EQ(Column(table, "step (ms)"), "38.00 [38.00, 38.00]");
  EXPECT_THAT(Column(table, "no_sync step (ms)"), StartsWith("34.00"));
  EXPECT_EQ(Column(table, "cost of synchronisation (ms)"),
            "4.000 [4.000, 4.000]");
  EXPECT_EQ(Column(table, "exposed (ms)"), "4.000 [4.000, 4.000]");
  EXPECT_THAT(Column(table, "synthetic step (ms)"), StartsWith("37.00"));
  EXPECT_EQ(Column(table, "input stall (ms)"), "1.000 [1.000, 1.000]");
  EXPECT_EQ(Column(table, "data (ms)"), "1.000 [1.000, 1.000]");
}

TEST(TwinTable, OneTwinIsEnough) {
  const Table table = TwinTable(GroupsOf({TwoRanks(), Synthetic(TwoRanks())}));
  ASSERT_EQ(table.rows.size(), 1);
  EXPECT_EQ(Column(table, "cost of synchronisation (ms)"), "-");
  EXPECT_EQ(Column(table, "exposed (ms)"), "-");
  EXPECT_EQ(Column(table, "input stall (ms)"), "1.000 [1.000, 1.000]");
}

// Steps vary by 10 %, data takes 0.1 % of one: nothing can be said but a bound.
TEST(TwinTable, WhatIsLostInTheSpreadIsABound) {
  SyntheticRun run = TwoRanks();
  run.jitter = 0.05;
  run.data_s = 0.00004;
  const Table table = TwinTable(GroupsOf({run, Synthetic(run)}));
  ASSERT_EQ(table.rows.size(), 1);
  EXPECT_THAT(Column(table, "input stall (ms)"), StartsWith("<= "));
}

TEST(TwinTable, RepeatsAreResampledWhereThereAreEnough) {
  std::vector<SyntheticRun> runs;
  for (int i = 0; i < 3; ++i) {
    runs.push_back(TwoRanks());
    runs.back().id += std::to_string(i);
    runs.back().other_s += i * 0.001;  // 38, 39, 40 ms
    runs.push_back(NoSync(runs.back()));
  }
  const Table table = TwinTable(GroupsOf(runs));
  ASSERT_EQ(table.rows.size(), 1);
  EXPECT_EQ(Column(table, "cost of synchronisation (ms)"),
            "4.000 [2.000, 6.000]");
}

TEST(TwinTable, ATwinOfAnotherRunIsANote) {
  SyntheticRun other = NoSync(TwoRanks());
  other.batch = 200;
  const Table table = TwinTable(GroupsOf({TwoRanks(), other}));
  EXPECT_TRUE(table.rows.empty());
  EXPECT_THAT(table.notes,
              ElementsAre("#2 (P = 2, batch 200) is a twin (no_sync) of no run "
                          "here: run the same without --twin"));
}

TEST(TwinTable, WithoutTwinsThereIsNone) {
  const auto groups = GroupsOf({Ranks(1, 100), TwoRanks()});
  for (const Table& table : {TwinTable(groups), OverlapOffTable(groups)}) {
    EXPECT_TRUE(table.rows.empty()) << table.name;
    EXPECT_TRUE(table.notes.empty()) << table.name;
  }
}

TEST(OverlapOffTable, GainBesideWhatWasHidden) {
  const Table table =
      OverlapOffTable(GroupsOf({TwoRanks(), OverlapOff(TwoRanks())}));
  ASSERT_EQ(table.rows.size(), 1);
  EXPECT_EQ(Column(table, "step (ms)"), "38.00 [38.00, 38.00]");
  EXPECT_EQ(Column(table, "off step (ms)"), "40.00 [40.00, 40.00]");
  EXPECT_EQ(Column(table, "gain (ms)"), "2.000 [2.000, 2.000]");
  // Busy 2 + 4 ms, 4 of them exposed.
  EXPECT_EQ(Column(table, "hidden (ms)"), "2.000 [2.000, 2.000]");
}

TEST(OverlapOffTable, OneRankHasNothingToHide) {
  EXPECT_TRUE(
      OverlapOffTable(GroupsOf({Ranks(1, 100), OverlapOff(Ranks(1, 100))}))
          .rows.empty());
}

}  // namespace
}  // namespace lockstep::analysis
