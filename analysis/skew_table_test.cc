#include "analysis/skew_table.h"

#include "analysis/testing_groups.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;

// Rank 0 starts the first bucket of each step 4 ms before the other.
SyntheticRun Late(int64_t clock_error_ns) {
  SyntheticRun run = Ranks(2, 100);
  run.peer_wait_s = 0.004;
  run.clock_offset_ns = 5000000000;
  run.clock_error_ns = clock_error_ns;
  run.many_hosts = true;
  return run;
}

TEST(SkewTable, ASkewBelowTheClocksErrorIsABound) {
  struct Case {
    int64_t error_ns;
    const char *first, *second, *error;
  };
  for (const Case& c :
       std::vector<Case>{{50000, "4000 [3950, 4050]", "<= 50.00", "50.00"},
                         {3999999, "4000 [0, 8000]", "<= 4000", "4000"},
                         {5000000, "<= 9000", "<= 5000", "5000"}}) {
    const Table table = SkewTable(GroupsOf({Late(c.error_ns)}));
    ASSERT_EQ(table.rows.size(), 2);
    EXPECT_EQ(CellAt(table, 0, "bytes (MB)"), "1.000");
    EXPECT_EQ(CellAt(table, 0, "recorded steps"), "10");
    EXPECT_EQ(CellAt(table, 0, "start skew (us)"), c.first);
    EXPECT_EQ(CellAt(table, 1, "start skew (us)"), c.second);
    EXPECT_EQ(CellAt(table, 1, "clock error (us)"), c.error);
    EXPECT_TRUE(table.notes.empty());
  }
}

TEST(SkewTable, OneHostHasOneClock) {
  SyntheticRun run = Ranks(2, 100);
  run.peer_wait_s = 0.004;
  const Table table = SkewTable(GroupsOf({run}));
  ASSERT_EQ(table.rows.size(), 2);
  EXPECT_EQ(CellAt(table, 0, "start skew (us)"), "4000");
  EXPECT_EQ(CellAt(table, 1, "start skew (us)"), "0");
  EXPECT_EQ(CellAt(table, 0, "clock error (us)"), "0");
}

TEST(SkewTable, RepeatsGiveTheirMedianAndTheLargest) {
  std::vector<SyntheticRun> runs;
  for (const double wait : {0.003, 0.004, 0.009}) {
    runs.push_back(Late(1000));
    runs.back().id = std::to_string(wait);
    runs.back().peer_wait_s = wait;
  }
  const Table table = SkewTable(GroupsOf(runs));
  EXPECT_EQ(CellAt(table, 0, "start skew (us)"), "4000 [3999, 4001]");
  EXPECT_EQ(CellAt(table, 0, "largest (us)"), "9000 [8999, 9001]");
  EXPECT_EQ(CellAt(table, 0, "recorded steps"), "30");
}

TEST(SkewTable, ClocksThatWereNotComparedGiveANote) {
  SyntheticRun run = Late(0);
  run.clock_offset_ns = 0;
  const Table table = SkewTable(GroupsOf({run, Ranks(1, 100)}));
  EXPECT_TRUE(table.rows.empty());
  ASSERT_EQ(table.notes.size(), 1);
  EXPECT_THAT(table.notes[0], HasSubstr("no start skew: the clock of rank 1"));
}

// A clock that runs 10 ms ahead of what its record claims.
TEST(SkewTable, ContradictionWidensTheError) {
  std::vector<Record> records = RecordsOf(Late(1000));
  records[0].mutable_header()->mutable_ranks(1)->set_clock_offset_ns(
      5000000000 - 10000000);
  const auto groups = GroupRuns({RunOfRecords(records, "a.rec").value()});
  const Table table = SkewTable(groups);
  ASSERT_EQ(table.rows.size(), 2);
  EXPECT_EQ(CellAt(table, 1, "clock error (us)"), "8000");
}

}  // namespace
}  // namespace lockstep::analysis
