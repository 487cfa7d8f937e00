#include "report/render_markdown.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace lockstep {
namespace {

// What a terminal shows beside an editor.
constexpr size_t kTextWidth = 100, kTableWidth = 120;

using Line = std::vector<std::string>;
using Columns = std::vector<size_t>;  // indices into Table::columns

std::string Escape(const std::string& text) {
  return absl::StrReplaceAll(text, {{"|", "\\|"}, {"\n", " "}, {"\r", " "}});
}

// Code points of UTF-8: all bytes but continuations.
size_t Width(absl::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (c & 0xc0) != 0x80; });
}

// A line that began with "-", "=" or "#2" would not be the paragraph's.
bool MayStartLine(absl::string_view word) {
  return absl::ascii_isalpha(word[0]) || word[0] == '(';
}

std::string Wrapped(const std::string& text) {
  std::string wrapped;
  size_t width = 0;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const bool breaks =
        width + 1 + Width(word) > kTextWidth && MayStartLine(word);
    if (!wrapped.empty()) wrapped += breaks ? "\n" : " ";
    width = breaks ? Width(word) : width + 1 + Width(word);
    absl::StrAppend(&wrapped, word);
  }
  return wrapped;
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

// Of the table, with its bars.
size_t WidthOf(const Table& table, const Columns& columns, bool narrow) {
  size_t width = 1;
  for (const size_t column : columns)
    width += WidthOf(LineOf(table, column, narrow)) + 3;
  return width;
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

// A wide table one below the other, each part with the rows' names.
std::vector<Columns> Parts(const Table& table, const Columns& columns,
                           bool narrow) {
  std::vector<Columns> parts = {{}};
  for (const size_t column : columns) {
    Columns longer = parts.back();
    longer.push_back(column);
    if (parts.back().size() > 1 && WidthOf(table, longer, narrow) > kTableWidth)
      parts.push_back({columns[0], column});
    else
      parts.back() = std::move(longer);
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
    return CellText(r[column]) == CellText(Missing()) &&
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
  const bool narrow = WidthOf(table, common.others, false) > kTableWidth;
  std::vector<std::string> bodies;
  for (const Columns& part : Parts(table, common.others, narrow))
    bodies.push_back(Body(table, part, narrow));
  return absl::StrCat(text, absl::StrJoin(bodies, "\n"));
}

std::string Body(const Table& table) {
  Columns all;
  for (size_t i = 0; i < table.columns.size(); ++i) all.push_back(i);
  return WidthOf(table, all, false) > kTableWidth ? WideBody(table)
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
