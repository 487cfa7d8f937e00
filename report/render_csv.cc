#include "report/render_csv.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace lockstep {
namespace {

std::string Quoted(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  return absl::StrCat("\"", absl::StrReplaceAll(field, {{"\"", "\"\""}}), "\"");
}

std::string Exact(double value) { return absl::StrFormat("%.9g", value); }

void AppendNames(const Column& column, std::vector<std::string>& fields) {
  const std::string name = ColumnIdentifier(column);
  fields.push_back(name);
  if (!column.has_interval) return;
  fields.push_back(name + "_low");
  fields.push_back(name + "_high");
}

void AppendFields(const Column& column, const Cell& cell,
                  std::vector<std::string>& fields) {
  const bool is_missing = !cell.number && cell.text == CellText(Missing());
  fields.push_back(is_missing    ? ""
                   : cell.number ? Exact(*cell.number)
                                 : Quoted(cell.text));
  if (!column.has_interval) return;
  fields.push_back(cell.interval ? Exact(cell.interval->low) : "");
  fields.push_back(cell.interval ? Exact(cell.interval->high) : "");
}

bool HasMarks(const Table& table) {
  for (const std::vector<Cell>& row : table.rows)
    for (const Cell& cell : row)
      if (!cell.marks.empty()) return true;
  return false;
}

// "bandwidth (GB/s): E1; utilisation (%): E1 E7".
std::string Findings(const Table& table, const std::vector<Cell>& row) {
  std::vector<std::string> findings;
  for (size_t i = 0; i < row.size(); ++i)
    if (!row[i].marks.empty())
      findings.push_back(absl::StrCat(ColumnTitle(table.columns[i]), ": ",
                                      absl::StrJoin(row[i].marks, " ")));
  return Quoted(absl::StrJoin(findings, "; "));
}

}  // namespace

std::string RenderCsv(const Table& table) {
  const bool has_marks = HasMarks(table);
  std::vector<std::string> fields;
  for (const Column& column : table.columns) AppendNames(column, fields);
  if (has_marks) fields.push_back("findings");
  std::string text = absl::StrCat(absl::StrJoin(fields, ","), "\n");
  for (const std::vector<Cell>& row : table.rows) {
    fields.clear();
    for (size_t i = 0; i < row.size(); ++i)
      AppendFields(table.columns[i], row[i], fields);
    if (has_marks) fields.push_back(Findings(table, row));
    absl::StrAppend(&text, absl::StrJoin(fields, ","), "\n");
  }
  return text;
}

std::string RenderCsv(const std::vector<Table>& tables) {
  std::string text;
  for (const Table& table : tables)
    absl::StrAppend(&text, "# ", table.name, "\n", RenderCsv(table), "\n");
  return text;
}

}  // namespace lockstep
