#include "analysis/reported/reported_records.h"

#include "absl/strings/str_cat.h"
#include "analysis/reported/csv_table.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;

ReportedTable TableOf(const std::string& rows) {
  ReportedTable table =
      ParseCsvTable(absl::StrCat("label,mechanism,world_size,"
                                 "batch_size_per_rank,epoch,epoch_time_s,"
                                 "accuracy\n",
                                 rows),
                    "t.csv")
          .value();
  FillAssumptions(table);
  return table;
}

TEST(ReportedRecords, AssumptionsAreNamed) {
  ReportedTable table =
      ParseCsvTable(
          "world_size,batch_size_per_rank,epoch_time_s\n4,512,5.160\n", "t.csv")
          .value();
  const std::vector<std::string> notes = FillAssumptions(table);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_THAT(notes[0], HasSubstr("50000 training images"));
  EXPECT_THAT(notes[0], HasSubstr("44695848 bytes"));
  EXPECT_EQ(table.rows[0].steps, 25u);  // ceil(12,500 / 512)
  EXPECT_TRUE(FillAssumptions(table).empty());
}

TEST(ReportedRecords, ARowIsARun) {
  const auto runs = RunsOfReported(TableOf("S2,ddp,4,512,,5.160,\n"));
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].source, "t.csv:2");
  const std::vector<Record>& records = runs[0].records;
  ASSERT_EQ(records.size(), 3u);
  const Header& header = records[0].header();
  EXPECT_EQ(header.provenance(), REPORTED);
  EXPECT_EQ(header.mechanism(), DDP);
  EXPECT_EQ(header.global_batch_size(), 2048u);
  EXPECT_EQ(records[1].epoch().epoch(), 1u);
  EXPECT_DOUBLE_EQ(records[1].epoch().ranks(0).total_s(), 5.160);
  EXPECT_EQ(records[2].end().reason(), End::COMPLETED);
}

TEST(ReportedRecords, EpochsAndRepeats) {
  const auto epochs = RunsOfReported(
      TableOf("a,,1,32,1,9,.2\na,,1,32,2,8,.3\na,,1,32,3,8,.4\n"));
  ASSERT_EQ(epochs.size(), 1u);
  EXPECT_TRUE(epochs[0].records[1].epoch().warm_up());
  EXPECT_FALSE(epochs[0].records[2].epoch().warm_up());
  EXPECT_EQ(epochs[0].records[3].epoch().test_correct(), 4000u);
  EXPECT_EQ(RunsOfReported(TableOf("a,,1,32,,9,\na,,1,32,,8,\n")).size(), 2u);
  EXPECT_EQ(RunsOfReported(TableOf("a,,1,32,2,9,\na,,1,32,2,8,\n")).size(), 2u);
}

TEST(ReportedRecords, OutOfMemoryIsAResult) {
  const auto runs = RunsOfReported(TableOf("S2,,1,8192,,OOM,\n"));
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].records.back().end().reason(), End::OUT_OF_MEMORY);
}

}  // namespace
}  // namespace lockstep::analysis
