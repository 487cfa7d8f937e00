#include "report/table.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace lockstep {
namespace {

constexpr char kMissing[] = "-";

// Decimals that leave `digits` significant digits of `value`.
int DecimalsFor(double value, int digits) {
  if (value == 0 || !std::isfinite(value)) return 0;
  // 0.99996 prints as 1.000 with four digits: it has the decimals of 1.
  const double rounded = std::abs(value) * (1 + 0.5 * std::pow(10.0, -digits));
  const int exponent = static_cast<int>(std::floor(std::log10(rounded)));
  return std::clamp(digits - 1 - exponent, 0, 12);
}

std::string Fixed(double value, int decimals) {
  return absl::StrFormat("%.*f", decimals, value);
}

bool IncludesZero(const Interval& interval) {
  return interval.low <= 0 && interval.high >= 0;
}

absl::string_view WithoutNumberSign(absl::string_view name) {
  absl::ConsumePrefix(&name, "#");
  return name;
}

// "GB/s" -> "gb_per_s", "batch per rank" -> "batch_per_rank".
std::string Identifier(const std::string& words) {
  std::string name = absl::AsciiStrToLower(absl::StrReplaceAll(
      words, {{"%", "percent"}, {"/", " per "}, {"#", "number"}}));
  std::string identifier;
  for (const char c : name) {
    if (absl::ascii_isalnum(c))
      identifier.push_back(c);
    else if (!identifier.empty() && identifier.back() != '_')
      identifier.push_back('_');
  }
  return identifier;
}

// With its sign; what rounds to none has none.
std::string SignedText(double value, int decimals) {
  const std::string none = Fixed(0, decimals);
  const std::string text = absl::StrFormat("%+.*f", decimals, value);
  return text.substr(1) == none ? none : text;
}

}  // namespace

Cell Text(std::string text) { return {std::move(text), {}, 0, {}}; }

Cell Missing() { return Text(kMissing); }

Cell Count(uint64_t count) { return {"", static_cast<double>(count), 0, {}}; }

Cell Number(double value, int digits) {
  return {"", value, DecimalsFor(value, digits), {}};
}

Cell Decimal(double value, int decimals) { return {"", value, decimals, {}}; }

Cell Difference(double value, const Interval& interval, int decimals) {
  return {"", value, decimals, interval, true};
}

Cell Figure(const Estimate& estimate, double scale, int digits) {
  Cell cell = Number(scale * estimate.value, digits);
  cell.interval = Interval95(estimate);
  if (!cell.interval) return cell;
  cell.interval->low *= scale;
  cell.interval->high *= scale;
  if (IncludesZero(*cell.interval))
    cell.decimals = DecimalsFor(cell.interval->high, digits);
  return cell;
}

std::string ColumnTitle(const Column& column) {
  if (column.unit.empty()) return column.name;
  return absl::StrCat(column.name, " (", column.unit, ")");
}

std::string ColumnIdentifier(const Column& column) {
  if (column.unit.empty()) return Identifier(column.name);
  return Identifier(absl::StrCat(column.name, " ", column.unit));
}

std::string CellText(const Cell& cell) {
  if (!cell.number) return cell.text;
  const auto print = cell.is_difference ? SignedText : Fixed;
  const std::string value = print(*cell.number, cell.decimals);
  if (!cell.interval) return value;
  const std::string low = print(cell.interval->low, cell.decimals);
  const std::string high = print(cell.interval->high, cell.decimals);
  if (!cell.is_difference && IncludesZero(*cell.interval))
    return cell.interval->high == 0 ? "0" : absl::StrCat("<= ", high);
  return absl::StrCat(value, " [", low, ", ", high, "]");
}

std::string NarrowCellText(const Cell& cell) {
  if (!cell.number || !cell.interval) return CellText(cell);
  const double width = cell.interval->high - cell.interval->low;
  if (!(width > 0)) return CellText(cell);
  Cell narrow = cell;
  narrow.decimals = std::min(cell.decimals, DecimalsFor(width, 2));
  return CellText(narrow);
}

std::string MarkText(const Cell& cell) {
  if (cell.marks.empty()) return "";
  return absl::StrCat("[", absl::StrJoin(cell.marks, ","), "]");
}

void MarkCell(Table& table, const std::string& row_name,
              const std::string& column_name, const std::string& id) {
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    if (column.name != column_name && ColumnTitle(column) != column_name &&
        ColumnIdentifier(column) != column_name)
      continue;
    for (std::vector<Cell>& row : table.rows) {
      std::vector<std::string>& marks = row[i].marks;
      if (WithoutNumberSign(CellText(row[0])) == WithoutNumberSign(row_name) &&
          std::find(marks.begin(), marks.end(), id) == marks.end())
        marks.push_back(id);
    }
  }
}

bool IsNumericColumn(const Table& table, size_t column) {
  bool has_number = false;
  for (const std::vector<Cell>& row : table.rows) {
    has_number |= row[column].number.has_value();
    if (!row[column].number && row[column].text != kMissing) return false;
  }
  return has_number;
}

}  // namespace lockstep
