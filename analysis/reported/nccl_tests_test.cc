#include "analysis/reported/nccl_tests.h"

#include <string>

#include "absl/strings/str_replace.h"
#include "analysis/reported/bus_factor.h"
#include "analysis/reported/collective_checks.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/file.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string Content(const std::string& name) {
  return ReadFile("analysis/testdata/readers/" + name).value();
}

CollectiveTable TableOf(const std::string& text) {
  const auto table = ReadNcclTests(text, "a.txt");
  EXPECT_TRUE(table.ok()) << table.status();
  return *table;
}

TEST(NcclTests, ReadsText) {
  const CollectiveTable table = TableOf(Content("all_reduce.txt"));
  EXPECT_EQ(table.collective, "all_reduce_perf");
  EXPECT_EQ(table.world_size, 4);
  EXPECT_EQ(table.device, "Made-up GPU 48GB");
  EXPECT_DOUBLE_EQ(*table.average_busbw, 19.42);
  ASSERT_THAT(table.rows, SizeIs(6));
  const CollectiveRow& row = table.rows[3];
  EXPECT_EQ(row.source, "a.txt:16");
  EXPECT_EQ(row.bytes, 8388608);
  EXPECT_EQ(row.type, "float");
  EXPECT_EQ(row.redop, "sum");
  EXPECT_TRUE(row.in_place);
  EXPECT_DOUBLE_EQ(row.time_us.value, 600);
  EXPECT_DOUBLE_EQ(row.algbw.value, 13.98);
  EXPECT_DOUBLE_EQ(row.busbw.value, 20.97);
  EXPECT_FALSE(row.wrong.has_value());
  EXPECT_EQ(table.rows[2].wrong, 0u);
}

TEST(NcclTests, ReadsJson) {
  const CollectiveTable table = TableOf(Content("all_reduce.json"));
  EXPECT_EQ(table.collective, "all_reduce_perf");
  EXPECT_EQ(table.world_size, 2);
  ASSERT_THAT(table.rows, SizeIs(3));
  EXPECT_TRUE(table.rows[2].in_place);
  EXPECT_EQ(table.rows[2].wrong, 3u);
}

// Older ones print neither root nor redop for some collectives.
TEST(NcclTests, ReadsRowsWithBlankColumns) {
  const CollectiveTable table = TableOf(
      "# nThread 1 nGpus 2\n"
      "#   size  count  type  redop  root  time  algbw  busbw  error  time  "
      "algbw  busbw  error\n"
      "  1000  250  float  10.0  0.10  0.05  0e+00  20.0  0.05  0.03  N/A\n");
  ASSERT_THAT(table.rows, SizeIs(2));
  EXPECT_DOUBLE_EQ(table.rows[1].time_us.value, 20);
  EXPECT_THAT(table.notes, SizeIs(1));
}

TEST(CollectiveChecks, RightTablesPass) {
  const CollectiveTable table = TableOf(Content("all_reduce.txt"));
  EXPECT_THAT(OtherAlgorithmBandwidth(table), SizeIs(0));
  EXPECT_THAT(OtherBusBandwidth(table), SizeIs(0));
  EXPECT_THAT(WrongElements(table), SizeIs(0));
}

TEST(CollectiveChecks, NameTheRow) {
  // The bus bandwidth of the last row is planted, and so are its elements.
  const CollectiveTable table = TableOf(Content("all_reduce.json"));
  ASSERT_THAT(OtherBusBandwidth(table), SizeIs(1));
  EXPECT_EQ(OtherBusBandwidth(table)[0].row, &table.rows[2]);
  EXPECT_DOUBLE_EQ(OtherBusBandwidth(table)[0].expected, 16);
  ASSERT_THAT(WrongElements(table), SizeIs(1));
  const CollectiveTable slow = TableOf(absl::StrReplaceAll(
      Content("all_reduce.txt"), {{"4400.0   15.25", "4400.0   152.5"}}));
  ASSERT_THAT(OtherAlgorithmBandwidth(slow), SizeIs(1));
  EXPECT_NEAR(OtherAlgorithmBandwidth(slow)[0].expected, 15.252, 1e-3);
}

TEST(CollectiveChecks, FitPointsAreInPlace) {
  const auto points = FitPoints(TableOf(Content("all_reduce.txt")));
  ASSERT_THAT(points, SizeIs(3));
  EXPECT_EQ(points[0].world_size, 4);
  EXPECT_EQ(points[0].bytes, 1048576);
  EXPECT_DOUBLE_EQ(points[0].seconds, 108.2e-6);
}

TEST(CollectiveChecks, TableHasARowADirection) {
  EXPECT_THAT(CollectivesAloneTable({TableOf(Content("all_reduce.txt"))}).rows,
              SizeIs(6));
}

TEST(BusFactor, OfEachCollective) {
  EXPECT_DOUBLE_EQ(BusFactor("all_reduce_perf", 4), 1.5);
  EXPECT_DOUBLE_EQ(BusFactor("ncclDevKernel_AllReduce_Sum_f32_RING_LL", 2), 1);
  EXPECT_DOUBLE_EQ(BusFactor("reduce_scatter_perf", 4), 0.75);
  EXPECT_DOUBLE_EQ(BusFactor("_allgather_base", 4), 0.75);
  EXPECT_DOUBLE_EQ(BusFactor("reduce_perf", 4), 1);
  EXPECT_DOUBLE_EQ(BusFactor("broadcast_perf", 4), 1);
  EXPECT_DOUBLE_EQ(BusFactor("hypercube_perf", 4), 0);
}

void ExpectRefused(const std::string& text, const std::string& why) {
  const auto table = ReadNcclTests(text, "a.txt");
  ASSERT_FALSE(table.ok()) << why;
  EXPECT_EQ(table.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(table.status().message(), HasSubstr("a.txt"));
  EXPECT_THAT(table.status().message(), HasSubstr(why));
}

TEST(NcclTests, RefusesInOneLine) {
  const std::string text = Content("all_reduce.txt");
  const auto with = [&](const std::string& cell) {
    return absl::StrReplaceAll(text, {{"110.00", cell}});
  };
  ExpectRefused("", "no result");
  ExpectRefused(text.substr(0, text.find("1048576        26")), "no result");
  ExpectRefused(with("-1.0"), "not positive");
  ExpectRefused(with("nan"), "not a number");
  ExpectRefused(with("1e999"), "not a number");
  ExpectRefused(text.substr(0, text.find("108.20")), "columns");
  ExpectRefused("1 2 3 4 5 6 7 8", "before the header");
  const std::string json = Content("all_reduce.json");
  ExpectRefused(json.substr(0, json.size() / 2), "not JSON");
  ExpectRefused(absl::StrReplaceAll(json, {{"100.000000", "\"nan\""}}),
                "result 1");
  ExpectRefused("{\"results\":7,\"args\":[[]],\"config\":[]}", "no result");
  ExpectRefused("{\"a\":" + std::string(1000000, '['), "not JSON");
  ExpectRefused("{" + std::string(17 << 20, ' '), "too many");
}

TEST(LooksLikeNcclTests, TellsItFromOthers) {
  EXPECT_TRUE(LooksLikeNcclTests(Content("all_reduce.txt")));
  EXPECT_TRUE(LooksLikeNcclTests(Content("all_reduce.json")));
  EXPECT_FALSE(LooksLikeNcclTests(Content("rank0.json")));
  EXPECT_FALSE(LooksLikeNcclTests(Content("torchrun.log")));
}

}  // namespace
}  // namespace lockstep::analysis
