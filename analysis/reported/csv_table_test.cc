#include "analysis/reported/csv_table.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(const std::string& text) {
  return std::string(ParseCsvTable(text, "t.csv").status().message());
}

TEST(CsvTable, ReadsNumbersAsPrinted) {
  const auto table = ParseCsvTable(
      "# model: resnet20\n"
      "label,world_size,batch_size_per_rank,epoch_time_s,accuracy,remark\n"
      "S3,2,512,10.20,86.5,fast\n"
      "S3,4,8192,out of memory,-,\n",
      "t.csv");
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_EQ(table->rows.size(), 2u);
  const ReportedRow& row = table->rows[0];
  EXPECT_EQ(row.source, "t.csv:3");
  EXPECT_EQ(row.model, "resnet20");
  EXPECT_EQ(row.world_size, 2u);
  EXPECT_DOUBLE_EQ(row.epoch_time_s->low, 10.195);
  EXPECT_DOUBLE_EQ(row.accuracy->value, 0.865);  // per cent
  EXPECT_FALSE(row.speedup.has_value());
  EXPECT_TRUE(table->rows[1].out_of_memory);
  EXPECT_FALSE(table->rows[1].epoch_time_s.has_value());
  ASSERT_EQ(table->notes.size(), 1u);
  EXPECT_THAT(table->notes[0], HasSubstr("remark"));
}

TEST(CsvTable, EpochsCountFromOne) {
  const auto table =
      ParseCsvTable("world_size,epoch,loss\n1,0,2.0\n1,1,1.5\n", "t.csv");
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->rows[0].epoch, 1u);
  EXPECT_EQ(table->rows[1].epoch, 2u);
}

TEST(CsvTable, NamesFileLineAndColumn) {
  const std::string header =
      "world_size,batch_size_per_rank,epoch_time_s,accuracy,mechanism\n";
  EXPECT_THAT(ErrorOf(absl::StrCat(header, "2,32,-1.5,,\n")),
              HasSubstr("t.csv:2: epoch_time_s is '-1.5'"));
  EXPECT_THAT(ErrorOf(absl::StrCat(header, "2,32,nan,,\n")),
              HasSubstr("epoch_time_s is 'nan'"));
  EXPECT_THAT(ErrorOf(absl::StrCat(header, "0,32,1,,\n")),
              HasSubstr("world_size is '0'"));
  EXPECT_THAT(ErrorOf(absl::StrCat(header, "1.5,32,1,,\n")),
              HasSubstr("world_size is '1.5'"));
  EXPECT_THAT(ErrorOf(absl::StrCat(header, "2,32,1,101,\n")),
              HasSubstr("accuracy is '101'"));
  EXPECT_THAT(ErrorOf(absl::StrCat(header, "2,32,1,,horovod\n")),
              HasSubstr("mechanism is 'horovod'"));
  EXPECT_THAT(ErrorOf(header), HasSubstr("no rows"));
  EXPECT_THAT(ErrorOf("world_size,world_size\n1,1\n"), HasSubstr("twice"));
  EXPECT_THAT(ErrorOf("a,b\n1,1\n"), HasSubstr("no column 'world_size'"));
}

TEST(CsvTable, HasLimits) {
  std::string rows = "world_size\n";
  for (int i = 0; i < 2001; ++i) rows += "1\n";
  EXPECT_THAT(ErrorOf(rows), HasSubstr("more than 1000 rows"));
  std::string names = "world_size", cells = "1";
  for (int i = 0; i < 900; ++i) {
    absl::StrAppend(&names, ",column", i);
    absl::StrAppend(&cells, ",1");
  }
  const auto table = ParseCsvTable(names + "\n" + cells + "\n", "t.csv");
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_EQ(table->notes.size(), 1u);
  EXPECT_THAT(table->notes[0], HasSubstr("column3, column4 and 895 more"));
}

TEST(CsvTable, MechanismsHaveOtherNames) {
  const auto table = ParseCsvTable(
      "world_size,mechanism\n1,none\n2,DistributedDataParallel\n"
      "2,torch.nn.DataParallel\n2,DP\n",
      "t.csv");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->rows[0].mechanism, "single");
  EXPECT_EQ(table->rows[1].mechanism, "ddp");
  EXPECT_EQ(table->rows[2].mechanism, "data_parallel");
  EXPECT_EQ(table->rows[3].mechanism, "data_parallel");
}

TEST(CsvTable, LabelsDoNotReachTheTerminal) {
  const auto table = ParseCsvTable("world_size,label\n1,a\x1b[31m\n", "t.csv");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->rows[0].label, "a [31m");
}

TEST(CsvTable, IsKnownByItsHeader) {
  EXPECT_TRUE(LooksLikeCsvTable("# S2\nlabel,World_Size,loss\n"));
  EXPECT_FALSE(LooksLikeCsvTable("epoch,tag,gpus\n"));
  EXPECT_FALSE(LooksLikeCsvTable(""));
}

}  // namespace
}  // namespace lockstep::analysis
