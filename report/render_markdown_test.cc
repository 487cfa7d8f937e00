#include "report/render_markdown.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RenderMarkdown, Golden) {
  Table table;
  table.title = "Time against batch";
  table.caption = "What it is.";
  table.columns = {{"model", ""}, {"epoch", "s"}, {"mark", ""}};
  table.rows = {{Text("a|b"), Number(1.5), Text("fastest")},
                {Text("r\xc3\xa9seau"), Number(12.25), Missing()}};
  table.notes = {"a note"};
  EXPECT_EQ(RenderMarkdown(table),
            "## Time against batch\n"
            "What it is.\n"
            "\n"
            "| model  | epoch (s) | mark    |\n"
            "| ------ | --------: | ------- |\n"
            "| a\\|b   |     1.500 | fastest |\n"
            "| r\xc3\xa9seau |     12.25 | -       |\n"
            "\n"
            "- a note\n"
            "\n");
}

TEST(RenderMarkdown, TableOfNotesOnlyHasNoBody) {
  Table table;
  table.title = "Strong scaling";
  table.caption = "What it is.";
  table.columns = {{"P", ""}};
  table.notes = {"run P = 1"};
  EXPECT_EQ(RenderMarkdown(table),
            "## Strong scaling\nWhat it is.\n\n- run P = 1\n\n");
}

// Rows of `columns` figures that agree in model, and have no peak.
Table Wide(int columns) {
  Table table;
  table.title = "Wide";
  table.columns = {{"#", ""}, {"model", ""}, {"peak", "GB/s"}, {"P", ""}};
  for (int i = 0; i < columns; ++i)
    table.columns.push_back({absl::StrCat("busbw", i), "GB/s", true});
  for (int row = 1; row <= 2; ++row) {
    table.rows.push_back({Count(row), Text("lenet"), Missing(), Count(row)});
    for (int i = 0; i < columns; ++i) {
      Cell cell = Number(0.3666);
      cell.interval = Interval{0.311, 0.4276};
      table.rows.back().push_back(cell);
    }
  }
  return table;
}

size_t WidestLine(const std::string& text) {
  size_t widest = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n'))
    widest = std::max(widest, line.size());
  return widest;
}

TEST(RenderMarkdown, WideTablesLoseWhatIsCommon) {
  Table table = Wide(4);
  const std::string text = RenderMarkdown(table);
  EXPECT_THAT(text, HasSubstr("All rows: model lenet\n\n"
                              "Empty in all rows: peak\n\n"
                              "|   # |   P |           busbw0"));
  EXPECT_THAT(text, HasSubstr("0.3666 [0.3110, 0.4276]"));
  MarkCell(table, "2", "model", "E1");
  EXPECT_THAT(RenderMarkdown(table), HasSubstr("| lenet [E1] |"));
}

TEST(RenderMarkdown, ThenDigitsThenTheyAreCut) {
  const std::string text = RenderMarkdown(Wide(12));
  EXPECT_THAT(text, HasSubstr("| 0.37 [0.31, 0.43] |"));
  EXPECT_THAT(text, HasSubstr("\n\n|   # |     busbw4 (GB/s) |"));
  EXPECT_LE(WidestLine(text), 120);
}

TEST(RenderMarkdown, NarrowTablesStay) {
  const std::string text = RenderMarkdown(Wide(1));
  EXPECT_THAT(text, HasSubstr("| lenet |"));
  EXPECT_THAT(text, Not(HasSubstr("All rows")));
}

TEST(RenderMarkdown, CaptionsAreWrappedWhereAWordBegins) {
  Table table;
  table.title = "T";
  for (int i = 0; i < 60; ++i) absl::StrAppend(&table.caption, "a - #2 ");
  const std::string text = RenderMarkdown(table);
  EXPECT_LE(WidestLine(text), 106);  // " - #2" stays where it is
  EXPECT_THAT(text, Not(HasSubstr("\n-")));
  EXPECT_THAT(text, Not(HasSubstr("\n#2")));
}

}  // namespace
}  // namespace lockstep
