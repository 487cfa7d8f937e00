#include "analysis/reported/log_reader.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/file.h"

namespace lockstep::analysis {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kFolder[] = "analysis/testdata/readers/";

std::string Content(const std::string& name) {
  return ReadFile(kFolder + name).value();
}

ReportedTable TableOf(const std::string& text, const std::string& path) {
  const auto table = ReadLog(text, path);
  EXPECT_TRUE(table.ok()) << table.status();
  return table.value_or(ReportedTable());
}

ReportedTable FileTable(const std::string& name) {
  return TableOf(Content(name), kFolder + name);
}

TEST(ReadLog, TimeAndEpochLines) {
  const ReportedTable table = FileTable("lab_b128_p4.log");
  ASSERT_THAT(table.rows, SizeIs(2));
  // The log counts epochs from 0.
  EXPECT_EQ(table.rows[0].epoch, 1u);
  const ReportedRow& row = table.rows[1];
  EXPECT_EQ(row.epoch, 2u);
  EXPECT_DOUBLE_EQ(row.epoch_time_s->value, 5.023);
  EXPECT_NEAR(row.epoch_time_s->high, 5.0235, 1e-9);
  EXPECT_DOUBLE_EQ(row.compute_time_s->value, 4.852);
  EXPECT_DOUBLE_EQ(row.comm_time_s->value, 0.1);
  EXPECT_DOUBLE_EQ(row.loss->value, 1.4);
  EXPECT_DOUBLE_EQ(row.train_accuracy->value, 0.49);
  EXPECT_EQ(row.gradient_bytes, 44700000u);
  EXPECT_EQ(row.world_size, 4u);
  EXPECT_EQ(row.batch_size_per_rank, 128u);
  EXPECT_THAT(table.notes, Contains(HasSubstr("4 is from its name")));
}

TEST(ReadLog, FullTimeLines) {
  const ReportedTable table = FileTable("full_time.log");
  ASSERT_THAT(table.rows, SizeIs(2));
  EXPECT_DOUBLE_EQ(table.rows[1].epoch_time_s->value, 23.550);
  EXPECT_DOUBLE_EQ(table.rows[1].compute_time_s->value, 22.782);
  EXPECT_DOUBLE_EQ(table.rows[1].loss->value, 1.4255);
  EXPECT_EQ(table.rows[1].world_size, 1u);
  EXPECT_EQ(table.rows[1].batch_size_per_rank, 32u);
  EXPECT_THAT(table.notes, SizeIs(0));
}

TEST(ReadLog, LowestRankOfATorchrunLog) {
  const ReportedTable table = FileTable("torchrun.log");
  ASSERT_THAT(table.rows, SizeIs(2));
  EXPECT_NEAR(table.rows[0].epoch_time_s->value, 0.065 * 196, 1e-9);
  EXPECT_EQ(table.rows[0].steps, 196u);
  EXPECT_NEAR(table.rows[0].accuracy->value, 0.455, 1e-9);
  EXPECT_NEAR(table.rows[0].train_accuracy->value, 0.3125, 1e-9);
  EXPECT_NEAR(table.rows[1].accuracy->value, 0.5525, 1e-9);
  EXPECT_EQ(table.rows[1].world_size, 2u);
  EXPECT_EQ(table.rows[1].batch_size_per_rank, 128u);
}

TEST(ReadLog, OtherTorchExamples) {
  const ReportedTable table = TableOf(
      "0: Train Epoch: 1 [0/60000 (0%)]\tLoss: 2.300000\n"
      "1: Train Epoch: 1 [0/60000 (0%)]\tLoss: 9.300000\n"
      "0: Test set: Average loss: 0.3000, Accuracy: 9000/10000 (90%)\n",
      "ws2/b64/out.log");
  ASSERT_THAT(table.rows, SizeIs(1));
  EXPECT_EQ(table.rows[0].train_images, 60000u);
  EXPECT_DOUBLE_EQ(table.rows[0].loss->value, 2.3);
  EXPECT_DOUBLE_EQ(table.rows[0].accuracy->value, 0.9);
  EXPECT_EQ(table.rows[0].world_size, 2u);
  const ReportedTable tutorial =
      TableOf("[GPU1] Epoch 0 | Batchsize: 32 | Steps: 32\n", "a.log");
  EXPECT_EQ(tutorial.rows[0].batch_size_per_rank, 32u);
  EXPECT_THAT(tutorial.notes, Contains(HasSubstr("world_size")));
}

TEST(ReadLog, CumulativeCsv) {
  const ReportedTable table = FileTable("log_4gpu_bs64.csv");
  ASSERT_THAT(table.rows, SizeIs(3));
  EXPECT_FALSE(table.rows[0].epoch_time_s.has_value());
  EXPECT_NEAR(table.rows[1].epoch_time_s->value, 34.3, 1e-9);
  EXPECT_NEAR(table.rows[1].epoch_time_s->high, 34.4, 1e-9);
  EXPECT_EQ(table.rows[1].label, "sync");
  EXPECT_EQ(table.rows[1].batch_size_per_rank, 64u);
  EXPECT_THAT(table.notes, Contains(HasSubstr("is the difference")));
}

TEST(ReadLog, CsvOfEachEpoch) {
  const ReportedTable table = TableOf(
      "epoch,tag,gpus,tr_loss,tr_acc,te_loss,te_acc,elapsed\n"
      "0,a,2,2.0,0.3,1.9,0.31,60\n1,a,2,1.5,0.4,nan,,56.3\n"
      "2,a,2,1.2,0.5,1.1,0.52,56.4\n",
      "log.csv");
  EXPECT_EQ(table.rows[1].epoch, 2u);
  EXPECT_DOUBLE_EQ(table.rows[1].epoch_time_s->value, 56.3);
  EXPECT_THAT(table.notes, Contains(HasSubstr("time of each epoch")));
}

TEST(ReadLog, PrefixesAndPaths) {
  for (const char* prefix :
       {"[rank0]: ", "[default0]:", "[1,0]<stdout>: ", "0: ", "[0]: ",
        "2026-01-02 03:04:05,678 ", "[2026-01-02 03:04:05] ",
        "[rank0]: 2026-01-02T03:04:05 "}) {
    const ReportedTable table =
        TableOf(std::string(prefix) + "[TIME] epoch=1 | total_time_sec=2.5",
                "gpus_8/batch-256.log");
    ASSERT_THAT(table.rows, SizeIs(1)) << prefix;
    EXPECT_EQ(table.rows[0].world_size, 8u);
    EXPECT_EQ(table.rows[0].batch_size_per_rank, 256u);
  }
}

void ExpectRefused(const std::string& text, const std::string& why) {
  const auto table = ReadLog(text, "a.log");
  ASSERT_FALSE(table.ok()) << why;
  EXPECT_EQ(table.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(table.status().message(), HasSubstr("a.log"));
  EXPECT_THAT(table.status().message(), HasSubstr(why));
}

TEST(ReadLog, RefusesInOneLine) {
  ExpectRefused("", "no line");
  ExpectRefused(std::string(100000, '\0'), "no line");
  ExpectRefused(std::string(1000000, '['), "no line");
  ExpectRefused("\n[TIME] epoch=1 | total_time_sec=-5\n", "a.log:2");
  ExpectRefused("[TIME] epoch=1 | total_time_sec=inf\n", "epoch_time_s");
  ExpectRefused("[TIME] epoch=1 | total_time_sec=1e308\n", "epoch_time_s");
  ExpectRefused("[TIME] epoch=99999999 | total_time_sec=1\n", "a.log");
  ExpectRefused("epoch,elapsed\n1,2,3\n", "a.log");
  ExpectRefused("epoch,elapsed\n1,-2\n", "a.log:2");
}

TEST(ReadLog, LossOfADivergedRunIsLeftOut) {
  const ReportedTable table =
      TableOf("[EPOCH] 4 | loss=nan | acc=0.1000\n", "b1_p1.log");
  EXPECT_FALSE(table.rows[0].loss.has_value());
  EXPECT_THAT(table.notes, Contains(HasSubstr("NaN")));
}

TEST(ReadLog, BillionsOfRanksAreNotTaken) {
  const ReportedTable table = TableOf(
      "WORLD_SIZE=999999999\n[TIME] epoch=1 | total_time_sec=1\n", "a.log");
  EXPECT_FALSE(table.rows[0].world_size.has_value());
}

TEST(LooksLikeLog, TellsItFromOthers) {
  for (const char* log : {"lab_b128_p4.log", "full_time.log", "torchrun.log",
                          "log_4gpu_bs64.csv"})
    EXPECT_TRUE(LooksLikeLog(Content(log))) << log;
  for (const char* other : {"all_reduce.txt", "all_reduce.json", "rank0.json"})
    EXPECT_FALSE(LooksLikeLog(Content(other))) << other;
}

}  // namespace
}  // namespace lockstep::analysis
