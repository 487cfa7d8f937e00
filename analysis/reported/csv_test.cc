#include "analysis/reported/csv.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Csv, QuotesLineEndsAndComments) {
  const auto csv = ParseCsv(
      "\xef\xbb\xbf# model: x\r\na,b\r\n\r\n\"1,\"\"2\"\"\n3\",4\n,\n5,6");
  ASSERT_TRUE(csv.ok()) << csv.status();
  ASSERT_EQ(csv->comments.size(), 1u);
  EXPECT_EQ(csv->comments[0].cells[0], "# model: x");
  ASSERT_EQ(csv->rows.size(), 3u);
  EXPECT_THAT(csv->rows[0].cells, ElementsAre("a", "b"));
  EXPECT_THAT(csv->rows[1].cells, ElementsAre("1,\"2\"\n3", "4"));
  EXPECT_THAT(csv->rows[2].cells, ElementsAre("5", "6"));
  EXPECT_EQ(csv->rows[1].line, 4u);
  EXPECT_EQ(csv->rows[2].line, 7u);
}

TEST(Csv, NamesTheLine) {
  EXPECT_THAT(std::string(ParseCsv("a,b\n1\n").status().message()),
              HasSubstr("line 2 has 1 cells, the header has 2"));
  EXPECT_THAT(std::string(ParseCsv("a,b\n1,\"x\n\n").status().message()),
              HasSubstr("line 2 opens a quote"));
}

TEST(Csv, HasLimits) {
  EXPECT_THAT(
      std::string(ParseCsv(std::string(1000000, ',')).status().message()),
      HasSubstr("line 1 has more than 1000 cells"));
}

}  // namespace
}  // namespace lockstep::analysis
