#include "analysis/reported/csv_table.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "analysis/reported/csv.h"

namespace lockstep::analysis {
namespace {

constexpr char kWorldSize[] = "world_size";

std::string Trimmed(absl::string_view text) {
  return std::string(absl::StripAsciiWhitespace(text));
}

bool IsAbsent(absl::string_view cell) {
  return cell == "-" || absl::EqualsIgnoreCase(cell, "n/a");
}

bool IsOutOfMemory(absl::string_view cell) {
  return absl::EqualsIgnoreCase(cell, "out of memory") ||
         absl::EqualsIgnoreCase(cell, "oom");
}

absl::Status At(const std::string& source, uint64_t line,
                const absl::Status& status) {
  return absl::InvalidArgumentError(
      absl::StrCat(source, ":", line, ": ", status.message()));
}

// "# model: resnet18" as a column for all rows; other comments are comments.
absl::Status ReadDefault(absl::string_view comment, ReportedRow& defaults) {
  absl::ConsumePrefix(&comment, "#");
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(comment, absl::MaxSplits(':', 1));
  const std::string name = Trimmed(parts.first);
  if (!IsReportedColumn(name)) return absl::OkStatus();
  return SetColumn(defaults, name, parts.second);
}

std::vector<std::string> Names(const CsvRow& header) {
  std::vector<std::string> names;
  for (const std::string& cell : header.cells)
    names.push_back(absl::AsciiStrToLower(Trimmed(cell)));
  return names;
}

absl::Status CheckNames(const std::vector<std::string>& names) {
  std::set<std::string> seen;
  for (const std::string& name : names)
    if (IsReportedColumn(name) && !seen.insert(name).second)
      return absl::InvalidArgumentError(
          absl::StrCat("column '", name, "' is there twice"));
  if (seen.count(kWorldSize) > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("there is no column '", kWorldSize,
                   "': the first line must name the columns"));
}

std::vector<std::string> UnknownOf(const std::vector<std::string>& names) {
  std::vector<std::string> unknown;
  std::copy_if(names.begin(), names.end(), std::back_inserter(unknown),
               [](const std::string& name) { return !IsReportedColumn(name); });
  return unknown;
}

// The first few.
std::string NamesText(std::vector<std::string> names) {
  constexpr size_t kMost = 5, kLongest = 40;
  const size_t more = names.size() - std::min(names.size(), kMost);
  names.resize(names.size() - more);
  for (std::string& name : names) name.resize(std::min(name.size(), kLongest));
  const std::string text = absl::StrJoin(names, ", ");
  return more == 0 ? text : absl::StrCat(text, " and ", more, " more");
}

absl::Status ReadCell(const std::string& name, absl::string_view text,
                      ReportedRow& row) {
  const std::string cell = Trimmed(text);
  if (IsAbsent(cell) || !IsReportedColumn(name)) return absl::OkStatus();
  if (IsOutOfMemory(cell) && absl::StrContains(name, "time")) {
    row.out_of_memory = true;
    return absl::OkStatus();
  }
  return SetColumn(row, name, cell);
}

absl::StatusOr<ReportedRow> ReadRow(const std::vector<std::string>& names,
                                    const CsvRow& csv,
                                    const std::string& source) {
  ReportedRow row;
  row.source = absl::StrCat(source, ":", csv.line);
  for (size_t i = 0; i < names.size(); ++i) {
    const absl::Status read = ReadCell(names[i], csv.cells[i], row);
    if (!read.ok()) return At(source, csv.line, read);
  }
  return row;
}

}  // namespace

bool LooksLikeCsvTable(absl::string_view begin) {
  absl::ConsumePrefix(&begin, "\xef\xbb\xbf");
  for (absl::string_view line : absl::StrSplit(begin, '\n')) {
    if (absl::StripAsciiWhitespace(line).empty() || line[0] == '#') continue;
    const std::vector<std::string> names =
        Names({1, absl::StrSplit(line, ',')});
    return std::count(names.begin(), names.end(), kWorldSize) > 0;
  }
  return false;
}

absl::StatusOr<ReportedTable> ParseCsvTable(absl::string_view text,
                                            const std::string& source) {
  const absl::StatusOr<Csv> csv = ParseCsv(text);
  if (!csv.ok())
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": ", csv.status().message()));
  ReportedTable table{source, {}, {}};
  ReportedRow defaults;
  for (const CsvRow& comment : csv->comments) {
    const absl::Status read = ReadDefault(comment.cells[0], defaults);
    if (!read.ok()) return At(source, comment.line, read);
  }
  if (csv->rows.size() < 2)
    return absl::InvalidArgumentError(
        absl::StrCat(source, " has no rows below its header"));
  constexpr size_t kMostRows = 1000;  // rules compare each with each
  if (csv->rows.size() > kMostRows + 1)
    return absl::InvalidArgumentError(absl::StrCat(
        source, " has more than ", kMostRows, " rows: split it by label"));
  const std::vector<std::string> names = Names(csv->rows[0]);
  const absl::Status checked = CheckNames(names);
  if (!checked.ok()) return At(source, csv->rows[0].line, checked);
  const std::vector<std::string> unknown = UnknownOf(names);
  if (!unknown.empty())
    table.notes.push_back(
        absl::StrCat(source, ": not read: column ", NamesText(unknown)));
  for (size_t i = 1; i < csv->rows.size(); ++i) {
    absl::StatusOr<ReportedRow> row = ReadRow(names, csv->rows[i], source);
    if (!row.ok()) return row.status();
    FillFrom(defaults, *row);
    table.rows.push_back(*std::move(row));
  }
  CountEpochsFromOne(table);
  return table;
}

}  // namespace lockstep::analysis
