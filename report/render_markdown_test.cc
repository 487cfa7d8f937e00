#include "report/render_markdown.h"

#include "gtest/gtest.h"

namespace lockstep {
namespace {

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

}  // namespace
}  // namespace lockstep
