#include "quant/report_tables.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "report/render_markdown.h"

namespace lockstep::quant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

//                          n     fp32 int8 lost gained agree
const PairedAccuracy kSome = {1000, 953, 951, 5, 3, 990};
const PairedAccuracy kSame = {1000, 953, 953, 0, 0, 1000};

std::vector<std::string> Row(const Table& table, size_t row) {
  std::vector<std::string> texts;
  for (const Cell& cell : table.rows.at(row)) texts.push_back(CellText(cell));
  return texts;
}

TEST(ReportTables, Paired) {
  EXPECT_THAT(Row(PairedTable(kSome), 0),
              ElementsAre("-0.20 [-0.75, +0.35]", "5", "3", "0.73", "99.00"));
  EXPECT_THAT(Row(PairedTable({10000, 9000, 8000, 1000, 0, 9000}), 0)[3],
              "< 0.0001");
}

TEST(ReportTables, StagesStartExact) {
  const Table table =
      StagesTable({{"fp32", kSame, INFINITY}, {"weights", kSome, 32.14}});
  EXPECT_THAT(Row(table, 0), ElementsAre("fp32", "95.30", "953",
                                         "0.00 [0.00, 0.00]", "100.00", "-"));
  EXPECT_THAT(Row(table, 1),
              ElementsAre("weights", "95.10", "951", "-0.20 [-0.75, +0.35]",
                          "99.00", "32.1"));
}

TEST(ReportTables, LayersHaveDigitsOfSmallShares) {
  LayerErrors errors;
  const std::vector<float> real(3000, 1.0f);
  std::vector<uint8_t> codes(3000, 100);
  codes[7] = 255;
  errors.Add(real.data(), codes.data(), real.size(), 0.01f, 0);
  const auto row = Row(LayersTable({{"conv", errors, {}}}), 0);
  EXPECT_EQ(row[0], "1");
  EXPECT_EQ(row[4], "0");
  EXPECT_EQ(row[5], "0.033");
  EXPECT_EQ(row[6], "1");
}

TEST(ReportTables, SensitivityIsRanked) {
  const Table table = SensitivityTable(
      {{"a", kSame, 40}, {"b", kSome, 20}, {"c", kSame, INFINITY}});
  EXPECT_EQ(Row(table, 0)[1], "b");
  EXPECT_EQ(Row(table, 1)[1], "a");
  EXPECT_THAT(Row(table, 2), ElementsAre("3", "c", "95.30", "0.00 [0.00, 0.00]",
                                         "100.00", "-"));
}

TEST(ReportTables, DrawsEndWithTheirSpread) {
  const Table table = DrawsTable({{1, kSome}, {2, kSame}, {3, kSome}});
  ASSERT_EQ(table.rows.size(), 4);
  EXPECT_EQ(Row(table, 1)[0], "2");
  EXPECT_THAT(Row(table, 3),
              ElementsAre("spread", "0.00", "0.20", "0.20", "1.00"));
  EXPECT_TRUE(DrawsTable({}).rows.empty());
}

TEST(ReportTables, ConfusionShowsWhatChanged) {
  ReportData data;
  EXPECT_TRUE(ConfusionTables(data).empty());
  data.fp32_confusion = CountConfusion({3, 3, 5}, {3, 3, 5});
  data.int8_confusion = CountConfusion({3, 3, 5}, {3, 5, 5});
  const auto tables = ConfusionTables(data);
  ASSERT_EQ(tables.size(), 3);
  EXPECT_EQ(Row(tables[0], 3)[1 + 3], "2");
  EXPECT_EQ(Row(tables[1], 3)[1 + 5], "1");
  EXPECT_EQ(Row(tables[2], 3)[1 + 3], "-1");
  EXPECT_EQ(Row(tables[2], 3)[1 + 5], "+1");
  EXPECT_EQ(Row(tables[2], 5)[1 + 5], "0");
  EXPECT_THAT(RenderMarkdown(tables[2]), HasSubstr("| cat "));
  data.int8_confusion = data.fp32_confusion;
  EXPECT_EQ(ConfusionTables(data).size(), 2);
}

TEST(ReportTables, FlipsSayHowManyThereAre) {
  const Table table = FlipsTable({{17, 3, 3, 5, {}}}, kSome);
  EXPECT_THAT(table.caption, HasSubstr("1 of 8"));
  EXPECT_THAT(Row(table, 0), ElementsAre("17", "cat", "cat", "dog"));
}

}  // namespace
}  // namespace lockstep::quant
