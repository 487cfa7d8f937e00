#include "report/render_markdown.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace lockstep {
namespace {

using Line = std::vector<std::string>;

std::string Escape(const std::string& text) {
  return absl::StrReplaceAll(text, {{"|", "\\|"}, {"\n", " "}, {"\r", " "}});
}

// Code points of UTF-8: all bytes but continuations.
size_t Width(const std::string& text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (c & 0xc0) != 0x80; });
}

std::vector<Line> LinesOf(const Table& table) {
  std::vector<Line> lines(1);
  for (const Column& column : table.columns)
    lines[0].push_back(Escape(ColumnTitle(column)));
  for (const std::vector<Cell>& row : table.rows) {
    lines.emplace_back();
    for (const Cell& cell : row) lines.back().push_back(Escape(CellText(cell)));
  }
  return lines;
}

// The widest cell of a column; Markdown wants three dashes below the heading.
size_t ColumnWidth(const std::vector<Line>& lines, size_t column) {
  size_t width = 3;
  for (const Line& line : lines) width = std::max(width, Width(line[column]));
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

std::string Body(const Table& table) {
  const std::vector<Line> lines = LinesOf(table);
  std::vector<std::string> rendered(lines.size() + 1, "|");
  for (size_t column = 0; column < table.columns.size(); ++column) {
    const size_t width = ColumnWidth(lines, column);
    const bool right = IsNumericColumn(table, column);
    for (size_t i = 0; i < lines.size(); ++i)
      absl::StrAppend(&rendered[i == 0 ? 0 : i + 1], " ",
                      Padded(lines[i][column], width, right), " |");
    absl::StrAppend(&rendered[1], " ", Rule(width, right), " |");
  }
  std::string body;
  for (const std::string& line : rendered) absl::StrAppend(&body, line, "\n");
  return body;
}

}  // namespace

std::string RenderMarkdown(const Table& table) {
  std::string text =
      absl::StrCat("## ", table.title, "\n", table.caption, "\n\n");
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
