#include "analysis/baseline_table.h"

#include <cmath>

#include "analysis/testing_groups.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Buckets of 1 and 3 MB take 2.5 and 5.5 ms in training, alone half of it.
SyntheticRun Measured() {
  SyntheticRun run = Ranks(4, 100);
  run.link_peak_gb_per_s = 2;
  run.baseline_share = 0.5;
  return run;
}

TEST(BaselineTable, KnownLink) {
  const Table table = BaselineTable(GroupsOf({Measured()}), 0);
  ASSERT_EQ(table.rows.size(), 3);
  EXPECT_EQ(CellAt(table, 0, "type"), "float");
  EXPECT_EQ(CellAt(table, 0, "size (B)"), "1000000");
  EXPECT_EQ(CellAt(table, 0, "time (us)"), "1250 [1125, 1375]");
  EXPECT_EQ(CellAt(table, 0, "algbw (GB/s)"), "0.8000 [0.7273, 0.8889]");
  EXPECT_THAT(CellAt(table, 0, "busbw (GB/s)"), StartsWith("1.200 ["));
  EXPECT_THAT(CellAt(table, 0, "utilisation (%)"), StartsWith("60.00 ["));
  EXPECT_THAT(CellAt(table, 0, "training busbw (GB/s)"),
              StartsWith("0.6000 ["));
  EXPECT_THAT(CellAt(table, 0, "training / baseline"),
              AllOf(StartsWith("0.500 ["), HasSubstr("0.450, 0.550")));
  EXPECT_EQ(CellAt(table, 0, "wrong"), "0");
  // 3 MB in 2.75 ms, times 1.5.
  EXPECT_THAT(CellAt(table, 1, "busbw (GB/s)"), StartsWith("1.636 ["));
  EXPECT_THAT(CellAt(table, 1, "training / baseline"), StartsWith("0.500 ["));
}

TEST(BaselineTable, TrainingHasNoBucketOfTheWholeGradient) {
  const Table table = BaselineTable(GroupsOf({Measured()}), 0);
  EXPECT_EQ(CellAt(table, 2, "size (B)"), "4000000");
  EXPECT_EQ(CellAt(table, 2, "training busbw (GB/s)"), "-");
  EXPECT_EQ(CellAt(table, 2, "training / baseline"), "-");
}

TEST(BaselineTable, BucketsOfOneSizeAreOneRow) {
  SyntheticRun run = Measured();
  run.second_bucket_bytes = run.first_bucket_bytes;
  const Table table = BaselineTable(GroupsOf({run}), 0);
  ASSERT_EQ(table.rows.size(), 2);
  EXPECT_THAT(CellAt(table, 0, "training / baseline"), StartsWith("0.500 ["));
}

TEST(BaselineTable, PeakCanBeReplacedAndMayBeMissing) {
  SyntheticRun run = Measured();
  EXPECT_THAT(CellAt(BaselineTable(GroupsOf({run}), 4), 0, "utilisation (%)"),
              StartsWith("30.00 ["));
  run.link_peak_gb_per_s = 0;
  EXPECT_EQ(CellAt(BaselineTable(GroupsOf({run}), 0), 0, "utilisation (%)"),
            "-");
}

TEST(BaselineTable, RunsWithoutOneAreNotInIt) {
  EXPECT_TRUE(BaselineTable(GroupsOf({Ranks(2, 100)}), 0).rows.empty());
}

TEST(BaselineTable, OneRankHasNoBandwidth) {
  SyntheticRun run = Ranks(1, 100);
  run.baseline_share = 1;
  const Table table = BaselineTable(GroupsOf({run}), 1);
  ASSERT_EQ(table.rows.size(), 3);
  EXPECT_EQ(CellAt(table, 0, "busbw (GB/s)"), "-");
  EXPECT_EQ(CellAt(table, 0, "utilisation (%)"), "-");
}

TEST(BaselineTable, RepeatsGiveTheirMedian) {
  std::vector<SyntheticRun> runs;
  for (const double share : {0.5, 0.8, 0.4}) {
    runs.push_back(Measured());
    runs.back().id = std::to_string(share);
    runs.back().baseline_share = share;
  }
  const Table table = BaselineTable(GroupsOf(runs), 0);
  ASSERT_EQ(table.rows.size(), 3);
  EXPECT_EQ(CellAt(table, 0, "time (us)"), "1250 [1000, 2000]");
}

TEST(BaselineTable, WrongSumsAreShouted) {
  std::vector<Record> records = RecordsOf(Measured());
  records[1].mutable_comm_baseline()->mutable_rows(1)->set_wrong(3);
  const auto groups = GroupRuns({RunOfRecords(records, "a.rec").value()});
  const Table table = BaselineTable(groups, 0);
  EXPECT_EQ(CellAt(table, 1, "wrong"), "3");
  ASSERT_EQ(table.notes.size(), 1);
  EXPECT_THAT(table.notes[0], HasSubstr("3 wrong elements"));
}

TEST(BaselineTable, WhatIsNoTimeIsNotShown) {
  for (const double bad : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    std::vector<Record> records = RecordsOf(Measured());
    CommBaseline& baseline = *records[1].mutable_comm_baseline();
    baseline.mutable_rows(0)->set_time_us(1, bad);
    baseline.mutable_rows(1)->clear_time_us();
    baseline.mutable_rows(1)->set_time_median_us(bad);
    const auto groups = GroupRuns({RunOfRecords(records, "a.rec").value()});
    EXPECT_EQ(BaselineTable(groups, 0).rows.size(), 1);
  }
}

}  // namespace
}  // namespace lockstep::analysis
