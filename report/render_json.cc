#include "report/render_json.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kProvenance[] = "provenance";

// JSON has no other numbers.
Json NumberOrNull(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

// The text, the number, or null.
Json Value(const Cell& cell) {
  if (cell.number) return NumberOrNull(*cell.number);
  return cell.text == CellText(Missing()) ? Json() : Json(cell.text);
}

Json CellObject(const Cell& cell) {
  Json object = {{"value", Value(cell)}};
  if (cell.interval)
    object["interval"] = {NumberOrNull(cell.interval->low),
                          NumberOrNull(cell.interval->high)};
  if (!cell.marks.empty()) object["findings"] = cell.marks;
  return object;
}

Json ColumnObject(const Column& column) {
  return {{"name", column.name},
          {"unit", column.unit.empty() ? Json() : Json(column.unit)}};
}

Json RowObject(const Table& table, const std::vector<Cell>& row) {
  Json object = {{kProvenance, nullptr}, {"cells", Json::array()}};
  for (size_t i = 0; i < row.size(); ++i) {
    object["cells"].push_back(CellObject(row[i]));
    if (table.columns[i].name == kProvenance)
      object[kProvenance] = Value(row[i]);
  }
  return object;
}

Json TableObject(const Table& table) {
  Json object = {{"name", table.name},       {"title", table.title},
                 {"caption", table.caption}, {"columns", Json::array()},
                 {"rows", Json::array()},    {"notes", table.notes}};
  for (const Column& column : table.columns)
    object["columns"].push_back(ColumnObject(column));
  for (const std::vector<Cell>& row : table.rows)
    object["rows"].push_back(RowObject(table, row));
  return object;
}

Json TextOrNull(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json FindingObject(const FindingText& finding) {
  return {{"id", finding.id},
          {"severity", finding.severity},
          {"title", finding.title},
          {"what", finding.what},
          {"corrected", TextOrNull(finding.corrected)},
          {"formula", TextOrNull(finding.formula)},
          {"cells", finding.cells}};
}

}  // namespace

std::string RenderJson(const std::vector<Table>& tables,
                       const std::vector<FindingText>& findings) {
  Json report = {{"version", kJsonVersion},
                 {"tables", Json::array()},
                 {"findings", Json::array()}};
  for (const Table& table : tables)
    report["tables"].push_back(TableObject(table));
  for (const FindingText& finding : findings)
    report["findings"].push_back(FindingObject(finding));
  return absl::StrCat(
      report.dump(1, ' ', false, Json::error_handler_t::replace), "\n");
}

}  // namespace lockstep
