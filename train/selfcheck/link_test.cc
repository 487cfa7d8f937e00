#include "train/selfcheck/link.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

// Two ranks; each size takes what its bandwidth in GB/s says.
std::vector<BaselineRow> Rows(const std::vector<double>& bandwidths) {
  std::vector<BaselineRow> rows;
  int64_t bytes = 8;
  for (const double bandwidth : bandwidths) {
    BaselineRow row;
    row.bytes = bytes;
    row.elements = bytes / 4;
    row.type = "float";
    row.times_us = {bytes / bandwidth / 1e3};
    SummarizeTimes(2, row);
    rows.push_back(row);
    bytes *= 1000;
  }
  return rows;
}

TEST(Link, ABaselinePassesWithItsTable) {
  const auto checks = JudgeLink(Rows({0.001, 0.5, 1.25}), 0);
  ASSERT_EQ(checks.size(), 1);
  EXPECT_EQ(checks[0].outcome, CheckOutcome::kPass);
  EXPECT_EQ(checks[0].text,
            "busbw_gb_per_s=1.250 at 8000000 bytes | latency_us=8.0 at 8 bytes "
            "| sums are exact");
  EXPECT_THAT(checks[0].table, HasSubstr("# Avg bus bandwidth"));
}

TEST(Link, AWrongSumFails) {
  auto rows = Rows({0.001, 0.5});
  rows[1].wrong = 3;
  const auto checks = JudgeLink(rows, 0);
  EXPECT_EQ(checks[0].outcome, CheckOutcome::kFail);
  EXPECT_THAT(checks[0].text, HasSubstr("8000 bytes gave 3 wrong elements"));
}

TEST(Link, UtilisationOnlyOfADeclaredPeak) {
  struct Case {
    double peak;
    const char* words;
  };
  for (const Case& c : std::vector<Case>{
           {2.5, "50.0 % of the declared 2.500 GB/s"},
           {1, "125.0 % of the declared 1.000 GB/s: the peak is higher"}}) {
    const auto checks = JudgeLink(Rows({0.001, 1.25}), c.peak);
    ASSERT_EQ(checks.size(), 2);
    EXPECT_EQ(checks[1].outcome, CheckOutcome::kNote);
    EXPECT_THAT(checks[1].text, HasSubstr(c.words));
  }
}

TEST(Link, ASizeSlowerThanASmallerOneIsNoted) {
  struct Case {
    std::vector<double> bandwidths;
    int notes;
  };
  for (const Case& c : std::vector<Case>{{{0.001, 0.5, 1, 1.2}, 0},
                                         {{0.001, 1, 0.6, 0.5}, 0},
                                         {{0.001, 1, 0.4, 1}, 1},
                                         {{0.001, 1, 0.4, 0.1}, 2},
                                         {{0.001}, 0}}) {
    const auto checks = JudgeLink(Rows(c.bandwidths), 0);
    EXPECT_EQ(checks.size(), 1 + c.notes);
    for (size_t i = 1; i < checks.size(); ++i)
      EXPECT_EQ(checks[i].name, "slow size");
  }
}

}  // namespace
}  // namespace lockstep
