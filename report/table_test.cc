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

TEST(Cell, NoReplicatesNoInterval) {
  EXPECT_EQ(CellText(Figure({1.5, {}})), "1.500");
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
