#include "report/render_markdown.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "report/wrap.h"

namespace lockstep {
namespace {

// Of a terminal that shows nothing else.
constexpr size_t kTableWidth = 120;

using Line = std::vector<std::string>;
using Columns = std::vector<size_t>;  // indices into Table::columns

std::string Escape(const std::string& text) {
  return absl::StrReplaceAll(text, {{"|", "\\|"}, {"\n", " "}, {"\r", " "}});
}

std::string MarkedText(const Cell& cell, bool narrow) {
  std::string text = narrow ? NarrowCellText(cell) : CellText(cell);
  if (!cell.marks.empty()) absl::StrAppend(&text, " ", MarkText(cell));
  return Escape(text);
}

// A column as it is printed: the title, then a cell a row.
Line LineOf(const Table& table, size_t column, bool narrow) {
  Line line = {Escape(ColumnTitle(table.columns[column]))};
  for (const std::vector<Cell>& row : table.rows)
    line.push_back(MarkedText(row[column], narrow));
  return line;
}

// The widest cell; Markdown wants three dashes below the heading.
size_t WidthOf(const Line& column) {
  size_t width = 3;
  for (const std::string& cell : column) width = std::max(width, Width(cell));
  return width;
}

// By column, with one of its bars.
std::vector<size_t> Widths(const Table& table, bool narrow) {
  std::vector<size_t> widths;
  for (size_t i = 0; i < table.columns.size(); ++i)
    widths.push_back(WidthOf(LineOf(table, i, narrow)) + 3);
  return widths;
}

// Of a table of some columns.
size_t Sum(const std::vector<size_t>& widths, const Columns& columns) {
  size_t sum = 1;
  for (const size_t column : columns) sum += widths[column];
  return sum;
}

std::string Padded(const std::string& text, size_t width, bool right) {
  const std::string padding(width - Width(text), ' ');
  return right ? padding + text : text + padding;
}

std::string Rule(size_t width, bool right) {
  std::string rule(width, '-');
  if (right) rule.back() = ':';
  return rule;
}

std::string Body(const Table& table, const Columns& columns, bool narrow) {
  std::vector<std::string> rendered(table.rows.size() + 2, "|");
  for (const size_t column : columns) {
    const Line line = LineOf(table, column, narrow);
    const size_t width = WidthOf(line);
    const bool right = IsNumericColumn(table, column);
    for (size_t i = 0; i < line.size(); ++i)
      absl::StrAppend(&rendered[i == 0 ? 0 : i + 1], " ",
                      Padded(line[i], width, right), " |");
    absl::StrAppend(&rendered[1], " ", Rule(width, right), " |");
  }
  return absl::StrCat(absl::StrJoin(rendered, "\n"), "\n");
}

// The first columns, as few as tell every row from the others; one if many
// would not do either.
Columns NamesOf(const Table& table, const Columns& columns) {
  constexpr size_t kMost = 4;
  for (size_t count = 1; count <= std::min(kMost, columns.size()); ++count) {
    std::set<std::string> names;
    for (const std::vector<Cell>& row : table.rows) {
      std::string name;
      for (size_t i = 0; i < count; ++i)
        absl::StrAppend(&name, CellText(row[columns[i]]), "|");
      names.insert(name);
    }
    if (names.size() == table.rows.size())
      return Columns(columns.begin(), columns.begin() + count);
  }
  return {columns[0]};
}

// Cut where a part would be wider than `limit`; each begins with the rows'
// `names`.
std::vector<Columns> Cut(const Columns& columns, const Columns& names,
                         const std::vector<size_t>& widths, size_t limit) {
  std::vector<Columns> parts = {names};
  for (size_t i = names.size(); i < columns.size(); ++i) {
    const size_t width = Sum(widths, parts.back()) + widths[columns[i]];
    if (parts.back().size() > names.size() && width > limit)
      parts.push_back(names);
    parts.back().push_back(columns[i]);
  }
  return parts;
}

// As few parts as fit, about equally wide.
std::vector<Columns> Parts(const Columns& columns, const Columns& names,
                           const std::vector<size_t>& widths) {
  std::vector<Columns> parts = Cut(columns, names, widths, kTableWidth);
  for (size_t limit = kTableWidth; limit > 0; --limit) {
    std::vector<Columns> even = Cut(columns, names, widths, limit);
    if (even.size() > parts.size()) break;
    parts = std::move(even);
  }
  return parts;
}

// The same words or the same number, without a spread, in every row.
bool IsTheSameInAllRows(const Table& table, size_t column) {
  if (table.columns[column].has_interval || table.rows.size() < 2) return false;
  const std::string first = CellText(table.rows[0][column]);
  return std::all_of(table.rows.begin(), table.rows.end(), [&](const auto& r) {
    return CellText(r[column]) == first && r[column].marks.empty();
  });
}

bool IsMissing(const Table& table, size_t column) {
  return std::all_of(table.rows.begin(), table.rows.end(), [&](const auto& r) {
    const std::string text = CellText(r[column]);
    return (text.empty() || text == CellText(Missing())) &&
           r[column].marks.empty();
  });
}

// What need not stand in every row of a wide table.
struct Common {
  Line equal;      // "model resnet18"
  Line missing;    // "peak"
  Columns others;  // the first column is always one of them
};

Common CommonOf(const Table& table) {
  Common common;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const std::string& name = table.columns[i].name;
    if (i > 0 && IsMissing(table, i))
      common.missing.push_back(name);
    else if (i > 0 && IsTheSameInAllRows(table, i))
      common.equal.push_back(absl::StrCat(
          name, " ", CellText(table.rows[0][i]),
          table.columns[i].unit.empty() ? "" : " ", table.columns[i].unit));
    else
      common.others.push_back(i);
  }
  return common;
}

// A paragraph; nothing for no items.
std::string Listed(const char* what, const Line& items) {
  if (items.empty()) return "";
  return absl::StrCat(
      Wrapped(Escape(absl::StrCat(what, absl::StrJoin(items, ", ")))), "\n\n");
}

// Narrow enough for a terminal, in steps: what is common moves above the table,
// intervals lose digits that are noise, and at last it is cut in parts.
std::string WideBody(const Table& table) {
  const Common common = CommonOf(table);
  std::string text = Listed("All rows: ", common.equal);
  absl::StrAppend(&text, Listed("Empty in all rows: ", common.missing));
  const bool narrow = Sum(Widths(table, false), common.others) > kTableWidth;
  std::vector<std::string> bodies;
  for (const Columns& part : Parts(common.others, NamesOf(table, common.others),
                                   Widths(table, narrow)))
    bodies.push_back(Body(table, part, narrow));
  return absl::StrCat(text, absl::StrJoin(bodies, "\n"));
}

std::string Body(const Table& table) {
  Columns all;
  for (size_t i = 0; i < table.columns.size(); ++i) all.push_back(i);
  return Sum(Widths(table, false), all) > kTableWidth ? WideBody(table)
                                                      : Body(table, all, false);
}

}  // namespace

std::string RenderMarkdown(const Table& table) {
  std::string text =
      absl::StrCat("## ", table.title, "\n", Wrapped(table.caption), "\n\n");
  if (!table.rows.empty()) absl::StrAppend(&text, Body(table), "\n");
  for (const std::string& note : table.notes)
    absl::StrAppend(&text, "- ", Escape(note), "\n");
  if (!table.notes.empty()) absl::StrAppend(&text, "\n");
  return text;
}

std::string RenderMarkdown(const std::vector<Table>& tables) {
  std::string text;
  for (const Table& table : tables)
    absl::StrAppend(&text, RenderMarkdown(table));
  return text;
}

}  // namespace lockstep
