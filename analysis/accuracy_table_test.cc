#include "analysis/accuracy_table.h"

#include "analysis/testing_groups.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

TEST(AccuracyTable, EveryEpochFromItsCounts) {
  const Table table = AccuracyTable(RunsOf({Ranks(2, 100)}));
  ASSERT_EQ(table.rows.size(), 2);
  EXPECT_EQ(CellAt(table, 0, "run"), "p2b100");
  EXPECT_EQ(CellAt(table, 0, "updates"), "10");
  EXPECT_EQ(CellAt(table, 1, "updates"), "20");
  EXPECT_EQ(CellAt(table, 1, "train loss"), "1.750");
  EXPECT_EQ(CellAt(table, 1, "train accuracy (%)"), "30.00");
  EXPECT_EQ(CellAt(table, 0, "test accuracy (%)"), "-");  // not evaluated
  EXPECT_EQ(CellAt(table, 1, "test accuracy (%)"), "32.10");
  EXPECT_EQ(CellAt(table, 1, "learning rate"), "0.1000");
  EXPECT_EQ(CellAt(table, 1, "elapsed (s)"), "1.760");
}

TEST(AccuracyTable, RunsThatEndedEarlyStillLearned) {
  std::vector<Record> records = RecordsOf(Ranks(1, 100));
  records.pop_back();
  const auto run = RunOfRecords(records, "killed.rec").value();
  EXPECT_EQ(AccuracyTable({run}).rows.size(), 2);
}

}  // namespace
}  // namespace lockstep::analysis
