#include "report/render_json.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "report/testing_schema.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

// A bandwidth, somebody else's, with its interval and a finding.
Table Bandwidth() {
  Table table;
  table.name = "bandwidth";
  table.columns = {{"run", ""}, {"provenance", ""}, {"busbw", "GB/s", true}};
  Cell cell = Number(1.0 / 3);
  cell.interval = Interval{0.25, 0.5};
  cell.marks = {"E1"};
  table.rows = {{Text("a \"b\""), Text("reported"), cell},
                {Missing(), Text("measured"), Missing()}};
  return table;
}

TEST(RenderJson, CellsHaveAllTheirDigits) {
  const Json report = Json::parse(RenderJson({Bandwidth()}));
  const Json& table = report["tables"][0];
  EXPECT_EQ(table["columns"][2]["unit"], "GB/s");
  EXPECT_EQ(table["columns"][0]["unit"], nullptr);
  const Json& row = table["rows"][0];
  EXPECT_EQ(row["provenance"], "reported");
  EXPECT_EQ(row["cells"][0]["value"], "a \"b\"");
  EXPECT_EQ(row["cells"][2]["value"], 1.0 / 3);
  EXPECT_EQ(row["cells"][2]["interval"], Json({0.25, 0.5}));
  EXPECT_EQ(row["cells"][2]["findings"], Json({"E1"}));
  EXPECT_EQ(table["rows"][1]["cells"][2], Json({{"value", nullptr}}));
}

TEST(RenderJson, IsWhatTheSchemaSays) {
  const FindingText finding = {"E1",   "error", "bytes", "of one step",
                               "7.96", "",      {"#2"}};
  const std::string json = RenderJson({Bandwidth()}, {finding});
  EXPECT_EQ(WhyNotAReport(json), "");
  EXPECT_EQ(Json::parse(json)["findings"][0]["formula"], nullptr);
}

TEST(RenderJson, OnlyNumbersThatJsonHas) {
  Table table;
  table.columns = {{"x", ""}};
  for (const double value : {std::numeric_limits<double>::quiet_NaN(),
                             std::numeric_limits<double>::infinity()}) {
    Cell cell = Number(value);
    cell.interval = Interval{-value, value};
    table.rows.push_back({cell});
  }
  table.notes = {"not UTF-8: \xff"};
  const std::string json = RenderJson({table});
  EXPECT_EQ(WhyNotAReport(json), "");
  EXPECT_EQ(Json::parse(json)["tables"][0]["rows"][1]["cells"][0]["value"],
            nullptr);
}

TEST(TestingSchema, NoticesWhatIsWrong) {
  EXPECT_EQ(WhyNotAReport("{"), "the report is not JSON");
  EXPECT_THAT(WhyNotAReport(R"({"version":1,"tables":[]})"),
              HasSubstr("has no findings"));
  EXPECT_THAT(WhyNotAReport(R"({"version":2,"tables":[],"findings":[]})"),
              HasSubstr("/version is 2 (const)"));
  EXPECT_THAT(
      WhyNotAReport(R"({"version":1,"tables":[],"findings":[],"more":0})"),
      HasSubstr("has the key more"));
  EXPECT_THAT(WhyNotAReport(R"({"version":1,"tables":[3],"findings":[]})"),
              HasSubstr("/tables/0"));
}

}  // namespace
}  // namespace lockstep
