// What the program says about the published tables in testdata/reported: the
// corrected tables and the findings, word for word.
//
// To renew a golden file: run the program on the .csv and keep the sections
// that SectionsOf() names.

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/file.h"
#include "tools/cli/testing_program.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string OutputFor(const std::string& report) {
  return RunProgram(
             absl::StrCat("analysis/tables testdata/reported/", report, ".csv"))
      .out;
}

bool IsKept(absl::string_view heading) {
  for (const char* kept :
       {"Strong scaling", "Reported speedup, corrected",
        "Reported communication, corrected", "Karp-Flatt", "Findings"})
    if (heading == absl::StrCat("## ", kept)) return true;
  return false;
}

std::string SectionsOf(const std::string& markdown) {
  std::string sections;
  bool keeps = false;
  for (absl::string_view line :
       absl::StrSplit(absl::StripSuffix(markdown, "\n"), '\n')) {
    if (absl::StartsWith(line, "## ")) keeps = IsKept(line);
    if (keeps) absl::StrAppend(&sections, line, "\n");
  }
  return sections;
}

class PublishedTables : public ::testing::TestWithParam<const char*> {};

TEST_P(PublishedTables, Golden) {
  EXPECT_EQ(SectionsOf(OutputFor(GetParam())),
            ReadFile(absl::StrCat("testdata/reported/", GetParam(), ".md"))
                .value_or("no file"));
}

INSTANTIATE_TEST_SUITE_P(, PublishedTables,
                         ::testing::Values("s1", "s2", "s3", "s4"));

// The corrected numbers, whatever the tables around them look like.
TEST(PublishedNumbers, S2) {
  const std::string out = OutputFor("s2");
  for (const char* bandwidth :
       {"7.964", "12.62", "16.85", "8.262", "14.76", "7.653"})  // GB/s
    EXPECT_THAT(out, HasSubstr(bandwidth));
  for (const char* strong : {"2.021", "3.923", "4.014"})
    EXPECT_THAT(out, HasSubstr(strong));
  EXPECT_THAT(out, HasSubstr("needs T_1 = 19.764 s where the\n  table has "
                             "19.704 s"));
  EXPECT_THAT(out, HasSubstr("1.78 is T(2) / T(4)"));
  EXPECT_THAT(out, HasSubstr("884.8 % of the peak of 0.9 GB/s"));
  EXPECT_THAT(out, HasSubstr("strong speedup 4.01 is superlinear, because one "
                             "rank with batch 2048 is"));
}

TEST(PublishedNumbers, S3) {
  const std::string out = OutputFor("s3");
  EXPECT_THAT(out,
              HasSubstr("called 'strong scaling', but the batch per rank"));
  EXPECT_THAT(out, HasSubstr("called 'weak scaling', but 0.88 is"));
  EXPECT_THAT(out, HasSubstr("called 'weak scaling', but 0.91 is"));
}

TEST(PublishedNumbers, S4) {
  const std::string out = OutputFor("s4");
  EXPECT_THAT(out, HasSubstr("s = 0.2571 gives 2.26, not 2.86"));
  EXPECT_THAT(out, HasSubstr("e(P) from 0.107 (P = 2) to 0.116 (P = 4)"));
  EXPECT_THAT(out, HasSubstr("357.6 ms (P = 2), 536.4 ms (P = 4)"));
  EXPECT_THAT(out, HasSubstr("rounded first -> 74.1 %"));
}

// S1 printed accuracies only.
TEST(PublishedNumbers, S1) {
  const std::string out = OutputFor("s1");
  EXPECT_THAT(out,
              HasSubstr("73.9 % after 35 updates against 84.9 % after 1955"));
  EXPECT_THAT(out, Not(HasSubstr("E13")));
}

}  // namespace
}  // namespace lockstep::analysis
