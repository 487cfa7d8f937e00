#include "train/baseline_row.h"

#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

BaselineRow RowOf(int64_t bytes, std::vector<double> times_us, int world_size) {
  BaselineRow row;
  row.bytes = bytes;
  row.elements = bytes / 4;
  row.type = "float";
  row.times_us = std::move(times_us);
  SummarizeTimes(world_size, row);
  return row;
}

std::vector<std::string> Words(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

TEST(BaselineRow, KnownBandwidths) {
  struct Case {
    std::vector<double> times_us;
    int world_size;
    double median, algbw, busbw;
  };
  for (const Case& c : std::vector<Case>{
           {{4000, 1000, 2000}, 2, 2000, 2, 2},
           {{4000, 1000, 2000}, 4, 2000, 2, 3},
           {{1000, 3000}, 2, 2000, 2, 2},  // an even number: mean of the middle
           {{2000}, 1, 2000, 2, 0},        // one rank has no link
           {{0}, 2, 0, 0, 0},
       }) {
    const BaselineRow row = RowOf(4000000, c.times_us, c.world_size);
    EXPECT_EQ(row.time_median_us, c.median);
    EXPECT_EQ(row.algbw_gb_per_s, c.algbw);
    EXPECT_EQ(row.busbw_gb_per_s, c.busbw);
  }
  const BaselineRow row = RowOf(8, {3, 1, 2}, 2);
  EXPECT_EQ(row.time_min_us, 1);
  EXPECT_EQ(row.time_max_us, 3);
  EXPECT_THAT(row.times_us, ElementsAre(3, 1, 2));  // in order, not sorted
}

TEST(BaselineSizes, LatencyBucketsAndTheWholeGradientOnceEach) {
  struct Case {
    std::vector<PlannedBucket> plan;
    std::vector<int64_t> sizes;
  };
  for (const Case& c : std::vector<Case>{
           {{{400, {}}, {100, {}}}, {8, 100, 400, 500}},
           {{{400, {}}, {400, {}}}, {8, 400, 800}},
           {{{400, {}}}, {8, 400}},
           {{}, {8}},
       })
    EXPECT_EQ(BaselineSizes(c.plan), c.sizes);
}

// What a reader of all_reduce_perf's output does: lines without '#', words.
TEST(BaselineText, HasTheColumnsOfNcclTests) {
  const std::string text =
      BaselineText({RowOf(8, {21.4}, 2), RowOf(44695848, {123456.789}, 2)});
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 7);
  EXPECT_THAT(Words(lines[1]),
              ElementsAre("#", "size", "count", "type", "redop", "root", "time",
                          "algbw", "busbw", "#wrong"));
  EXPECT_THAT(Words(lines[3]), ElementsAre("8", "2", "float", "sum", "-1",
                                           "21.40", "0.00", "0.00", "0"));
  EXPECT_THAT(Words(lines[4]),
              ElementsAre("44695848", "11173962", "float", "sum", "-1",
                          "123457", "0.36", "0.36", "0"));
  EXPECT_EQ(lines[3].size(), lines[4].size());
  EXPECT_EQ(lines[5], "# Out of bounds values : 0 OK");
  EXPECT_THAT(lines[6], HasSubstr("# Avg bus bandwidth    : 0.18"));
}

TEST(CheckBaseline, WrongSumsAreNamed) {
  std::vector<BaselineRow> rows = {RowOf(8, {1}, 2), RowOf(400, {1}, 2)};
  EXPECT_TRUE(CheckBaseline(rows).ok());
  rows[1].wrong = 3;
  EXPECT_THAT(std::string(CheckBaseline(rows).message()),
              HasSubstr("400 bytes gave 3 wrong elements"));
  EXPECT_THAT(BaselineText(rows), HasSubstr("# Out of bounds values : 3 FAIL"));
}

}  // namespace
}  // namespace lockstep
