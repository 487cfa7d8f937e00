#include "analysis/bucket_table.h"

#include "analysis/testing_groups.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

// testing_records.h: 1 ms + n bytes / 1 GB/s on two ranks.
TEST(BucketTable, TransferAndBandwidthsOfEach) {
  const Table table = BucketTable(GroupsOf({Ranks(1, 100), Ranks(2, 100)}), 2);
  ASSERT_EQ(table.rows.size(), 2);  // one rank has none
  EXPECT_EQ(CellAt(table, 0, "#"), "2");
  EXPECT_EQ(CellAt(table, 0, "bytes (MB)"), "1.000");
  EXPECT_EQ(CellAt(table, 0, "transfer (ms)"), "2.000 [2.000, 2.000]");
  EXPECT_EQ(CellAt(table, 0, "algbw (GB/s)"), "0.5000 [0.5000, 0.5000]");
  EXPECT_EQ(CellAt(table, 0, "busbw (GB/s)"), "0.5000 [0.5000, 0.5000]");
  EXPECT_EQ(CellAt(table, 0, "utilisation (%)"), "25.00 [25.00, 25.00]");
  EXPECT_EQ(CellAt(table, 1, "transfer (ms)"), "4.000 [4.000, 4.000]");
  EXPECT_EQ(CellAt(table, 1, "busbw (GB/s)"), "0.7500 [0.7500, 0.7500]");
}

TEST(BucketTable, FourRanksCarryMoreThanTheyHandOver) {
  SyntheticRun run = Ranks(4, 100);
  run.alpha_s = 0;
  const Table table = BucketTable(GroupsOf({run}), 0);
  EXPECT_EQ(CellAt(table, 1, "algbw (GB/s)"), "0.6667 [0.6667, 0.6667]");
  EXPECT_EQ(CellAt(table, 1, "busbw (GB/s)"), "1.000 [1.000, 1.000]");
  EXPECT_EQ(CellAt(table, 1, "utilisation (%)"), "-");
}

}  // namespace
}  // namespace lockstep::analysis
