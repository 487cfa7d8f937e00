#include "report/table.h"

#include "gtest/gtest.h"

namespace lockstep {
namespace {

// 1,000 replicates from `low` to `high`.
Estimate Spread(double value, double low, double high) {
  Estimate estimate{value, {}};
  for (int i = 0; i < kReplicates; ++i)
    estimate.replicates.push_back(i < kReplicates / 2 ? low : high);
  return estimate;
}

TEST(Cell, SignificantDigits) {
  EXPECT_EQ(CellText(Number(23.5504)), "23.55");
  EXPECT_EQ(CellText(Number(0.0123456)), "0.01235");
  EXPECT_EQ(CellText(Number(123456.7)), "123457");
  EXPECT_EQ(CellText(Number(1 - 1e-12)), "1.000");
  EXPECT_EQ(CellText(Number(0)), "0");
  EXPECT_EQ(CellText(Number(-1.5, 2)), "-1.5");
  EXPECT_EQ(CellText(Count(44695848)), "44695848");
  EXPECT_EQ(CellText(Missing()), "-");
}

TEST(Cell, IntervalHasTheDecimalsOfItsValue) {
  EXPECT_EQ(CellText(Figure(Spread(12.3, 12.04, 12.77), 1, 3)),
            "12.3 [12.0, 12.8]");
  EXPECT_EQ(CellText(Figure(Spread(0.5, 0.25, 0.75), 1000)),
            "500.0 [250.0, 750.0]");
}

TEST(Cell, IntervalThatIncludesZeroIsABound) {
  EXPECT_EQ(CellText(Figure(Spread(0.1, -0.2, 0.5), 1, 2)), "<= 0.50");
  EXPECT_EQ(CellText(Figure(Spread(0, 0, 0))), "0");
}

TEST(Cell, DifferenceHasSignAndInterval) {
  EXPECT_EQ(CellText(Difference(-0.2, {-0.5, 0.1}, 2)), "-0.20 [-0.50, +0.10]");
  EXPECT_EQ(CellText(Difference(-0.001, {0, 3}, 1)), "0.0 [0.0, +3.0]");
  EXPECT_EQ(CellText(Decimal(12, 2)), "12.00");
}

TEST(Cell, NarrowTextHasNoNoise) {
  EXPECT_EQ(NarrowCellText(Figure(Spread(12.3456, 12.041, 12.772), 1, 6)),
            "12.35 [12.04, 12.77]");
  EXPECT_EQ(NarrowCellText(Figure(Spread(5263, 4600, 5900), 1)),
            "5263 [4600, 5900]");
  EXPECT_EQ(NarrowCellText(Figure(Spread(0.3666, 0.311, 0.4276))),
            "0.37 [0.31, 0.43]");
  EXPECT_EQ(NarrowCellText(Figure(Spread(34, 34, 34))), "34.00 [34.00, 34.00]");
  EXPECT_EQ(NarrowCellText(Figure(Spread(0.1, -0.2, 0.5))), "<= 0.50");
  EXPECT_EQ(NarrowCellText(Text("a")), "a");
}

TEST(Cell, NoReplicatesNoInterval) {
  EXPECT_EQ(CellText(Figure({1.5, {}})), "1.500");
}

TEST(Table, MarksCellsByTheNamesOfRowAndColumn) {
  Table table;
  table.columns = {{"#", ""}, {"busbw", "GB/s"}};
  table.rows = {{Count(3), Number(1)}, {Text("s2.csv:6"), Number(2)}};
  for (const char* row : {"#3", "3", "4"}) MarkCell(table, row, "busbw", "E1");
  MarkCell(table, "3", "busbw (GB/s)", "E7");
  MarkCell(table, "3", "algbw", "E9");
  MarkCell(table, "s2.csv:6", "busbw_gb_per_s", "E1");
  EXPECT_EQ(MarkText(table.rows[0][1]), "[E1,E7]");
  EXPECT_EQ(MarkText(table.rows[1][1]), "[E1]");
  EXPECT_EQ(MarkText(table.rows[0][0]), "");
}

TEST(Table, ColumnOfNumbersAndGapsIsNumeric) {
  Table table;
  table.columns = {{"a", ""}, {"b", ""}, {"c", ""}};
  table.rows = {{Count(1), Text("x"), Missing()},
                {Missing(), Count(2), Missing()}};
  EXPECT_TRUE(IsNumericColumn(table, 0));
  EXPECT_FALSE(IsNumericColumn(table, 1));
  EXPECT_FALSE(IsNumericColumn(table, 2));
}

}  // namespace
}  // namespace lockstep
