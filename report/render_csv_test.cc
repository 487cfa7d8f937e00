#include "report/render_csv.h"

#include "gtest/gtest.h"

namespace lockstep {
namespace {

TEST(RenderCsv, NamesUnitsIntervalsAndQuotes) {
  Table table;
  table.name = "bandwidth";
  table.columns = {{"#", ""},
                   {"run", ""},
                   {"busbw", "GB/s", true},
                   {"utilisation", "%"},
                   {"images/s", ""}};
  Cell cell = Number(1.0 / 3);
  cell.interval = Interval{0.25, 0.5};
  table.rows = {{Count(1), Text("a, \"b\""), cell, Missing(), Count(12)},
                {Count(2), Text("c"), Missing(), Number(50), Missing()}};
  const std::string csv =
      "number,run,busbw_gb_per_s,busbw_gb_per_s_low,busbw_gb_per_s_high,"
      "utilisation_percent,images_per_s\n"
      "1,\"a, \"\"b\"\"\",0.333333333,0.25,0.5,,12\n"
      "2,c,,,,50,\n";
  EXPECT_EQ(RenderCsv(table), csv);
  EXPECT_EQ(RenderCsv(std::vector<Table>{table}), "# bandwidth\n" + csv + "\n");
}

TEST(RenderCsv, FindingsAreALastColumn) {
  Table table;
  table.columns = {{"#", ""}, {"busbw", "GB/s"}, {"share", "%"}};
  table.rows = {{Count(1), Number(0.5), Number(2)},
                {Count(2), Number(0.25), Number(1)}};
  MarkCell(table, "#2", "busbw", "E1");
  MarkCell(table, "2", "share (%)", "E1");
  MarkCell(table, "2", "share (%)", "E7");
  EXPECT_EQ(RenderCsv(table),
            "number,busbw_gb_per_s,share_percent,findings\n"
            "1,0.5,2,\n"
            "2,0.25,1,busbw (GB/s): E1; share (%): E1 E7\n");
}

}  // namespace
}  // namespace lockstep
