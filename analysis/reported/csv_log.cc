#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analysis/reported/csv.h"
#include "analysis/reported/log_formats.h"

namespace lockstep::analysis {
namespace {

// A row takes a kilobyte.
constexpr size_t kMostRows = 100'000;

struct LogColumn {
  const char* name;    // in the log
  const char* column;  // ours; "" is left out
};

constexpr LogColumn kColumns[] = {
    {"epoch", "epoch"},           {"tag", "label"},
    {"gpus", "world_size"},       {"tr_loss", "loss"},
    {"tr_acc", "train_accuracy"}, {"te_loss", ""},
    {"te_acc", "accuracy"},       {"elapsed", "elapsed_s"}};

// Ours for the log's `name`; null for a column that is none of the log's.
const char* ColumnOf(absl::string_view name) {
  for (const LogColumn& column : kColumns)
    if (absl::EqualsIgnoreCase(name, column.name)) return column.column;
  return nullptr;
}

bool IsAbsent(absl::string_view cell) {
  return cell.empty() || cell == "-" || absl::EqualsIgnoreCase(cell, "nan");
}

absl::StatusOr<ReportedRow> RowOf(const std::vector<std::string>& names,
                                  const CsvRow& cells,
                                  const std::string& source) {
  ReportedRow row;
  row.source = absl::StrCat(source, ":", cells.line);
  for (size_t i = 0; i < names.size() && i < cells.cells.size(); ++i) {
    const char* const column = ColumnOf(names[i]);
    const absl::string_view cell = absl::StripAsciiWhitespace(cells.cells[i]);
    if (column == nullptr || *column == '\0' || IsAbsent(cell)) continue;
    const absl::Status status = SetColumn(row, column, cell);
    if (!status.ok())
      return absl::InvalidArgumentError(
          absl::StrCat(row.source, ": ", status.message()));
  }
  return row;
}

// Rows of one run, in the file's order.
using RunRows = std::vector<ReportedRow*>;

bool IsCumulative(const RunRows& rows) {
  for (size_t i = 1; i < rows.size(); ++i)
    if (rows[i]->elapsed_s && rows[i - 1]->elapsed_s &&
        rows[i]->elapsed_s->value <= rows[i - 1]->elapsed_s->value)
      return false;
  return true;
}

// The first epoch's time is known, but it holds the set-up: it stays open.
void SetCumulativeTimes(const RunRows& rows) {
  for (size_t i = 1; i < rows.size(); ++i)
    if (rows[i]->elapsed_s && rows[i - 1]->elapsed_s)
      rows[i]->epoch_time_s = *rows[i]->elapsed_s - *rows[i - 1]->elapsed_s;
}

void SetTimesOfEach(const RunRows& rows) {
  for (size_t i = 1; i < rows.size(); ++i)
    rows[i]->epoch_time_s = rows[i]->elapsed_s;
  for (ReportedRow* row : rows) row->elapsed_s.reset();
}

void SetTimes(ReportedTable& table) {
  std::map<std::pair<std::string, uint64_t>, RunRows> runs;
  for (ReportedRow& row : table.rows)
    runs[{row.label, row.world_size.value_or(0)}].push_back(&row);
  bool cumulative = false, each = false;
  for (const auto& [key, rows] : runs) {
    (IsCumulative(rows) ? cumulative : each) = true;
    IsCumulative(rows) ? SetCumulativeTimes(rows) : SetTimesOfEach(rows);
  }
  if (cumulative)
    table.notes.push_back(absl::StrCat(
        table.source,
        ": elapsed rises from line to line, so an epoch's time is the "
        "difference; the first epoch, which warms up, has none."));
  if (each)
    table.notes.push_back(absl::StrCat(
        table.source,
        ": elapsed does not rise from line to line, so it was taken as the "
        "time of each epoch; the first one, which warms up, is left out."));
}

std::vector<std::string> HeaderOf(absl::string_view line) {
  std::vector<std::string> names;
  for (absl::string_view name : absl::StrSplit(line, ','))
    names.emplace_back(absl::StripAsciiWhitespace(name));
  return names;
}

bool IsHeader(const std::vector<std::string>& names) {
  const auto has = [&](absl::string_view wanted) {
    return std::any_of(names.begin(), names.end(), [&](const auto& name) {
      return absl::EqualsIgnoreCase(name, wanted);
    });
  };
  return has("epoch") && has("elapsed");
}

}  // namespace

bool LooksLikeCsvLog(absl::string_view begin) {
  return IsHeader(HeaderOf(begin.substr(0, begin.find('\n'))));
}

absl::StatusOr<ReportedTable> ReadCsvLog(absl::string_view bytes,
                                         const std::string& source) {
  const absl::StatusOr<Csv> csv = ParseCsv(bytes);
  if (!csv.ok())
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": ", csv.status().message()));
  ReportedTable table;
  table.source = source;
  if (csv->rows.empty() || !IsHeader(csv->rows[0].cells)) return table;
  if (csv->rows.size() > kMostRows)
    return absl::InvalidArgumentError(absl::StrCat(
        source, " has over ", kMostRows, " lines; a log has one an epoch"));
  for (size_t i = 1; i < csv->rows.size(); ++i) {
    absl::StatusOr<ReportedRow> row =
        RowOf(csv->rows[0].cells, csv->rows[i], source);
    if (!row.ok()) return row.status();
    table.rows.push_back(*std::move(row));
  }
  SetTimes(table);
  CountEpochsFromOne(table);
  return table;
}

}  // namespace lockstep::analysis
