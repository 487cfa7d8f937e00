// A table as data: what every renderer prints.

#ifndef LOCKSTEP_REPORT_TABLE_H_
#define LOCKSTEP_REPORT_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/statistics.h"

namespace lockstep {

struct Column {
  std::string name;
  std::string unit;           // "" for none
  bool has_interval = false;  // CSV gets two more columns, _low and _high
};

// Words, or a number with the decimals it is printed with.
struct Cell {
  std::string text;
  std::optional<double> number;
  int decimals = 0;
  std::optional<Interval> interval;
  // Prints its sign, and its interval also where that includes 0.
  bool is_difference = false;
  // Ids of the findings that concern it: "E1".
  std::vector<std::string> marks = {};
};

struct Table {
  std::string name;     // of its file: letters and '_'
  std::string title;    // a few words
  std::string caption;  // one line: definition, baseline, unit
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  // each as long as `columns`
  std::vector<std::string> notes;       // one line each, below the table
};

Cell Text(std::string text);

// What does not exist for this row prints as "-".
Cell Missing();

// A whole number, all digits.
Cell Count(uint64_t count);

// A number with `digits` significant digits.
Cell Number(double value, int digits = 4);

// A number with `decimals` decimals.
Cell Decimal(double value, int decimals);

// Likewise, of something that may be above or below 0, with its interval.
Cell Difference(double value, const Interval& interval, int decimals);

// `scale` times the estimate, with its interval.
Cell Figure(const Estimate& estimate, double scale = 1, int digits = 4);

// "step time (ms)".
std::string ColumnTitle(const Column& column);

// "step_time_ms": its name in CSV.
std::string ColumnIdentifier(const Column& column);

// The cell as people read it: "12.3", "12.3 [12.1, 12.6]", or "<= 0.4" if the
// interval includes 0: such a value is not known to differ from none. A
// difference reads "-0.2 [-0.5, +0.1]".
std::string CellText(const Cell& cell);

// Likewise for wide tables: no more decimals than give the interval's width two
// digits; what follows them is noise.
std::string NarrowCellText(const Cell& cell);

// "[E1,E7]"; "" without marks.
std::string MarkText(const Cell& cell);

// Adds the finding `id` to the cells in the column of this name, title or CSV
// name, and the rows whose first cell reads `row_name`, with or without a
// leading '#'. Does nothing if there are none.
void MarkCell(Table& table, const std::string& row_name,
              const std::string& column_name, const std::string& id);

// Neither words nor, in all rows, missing: set right-aligned.
bool IsNumericColumn(const Table& table, size_t column);

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_TABLE_H_
