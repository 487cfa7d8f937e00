// docs/findings.md and docs/reported_tables.md say what the program does.

#include "absl/strings/str_cat.h"
#include "analysis/reported/reported_table.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/file.h"
#include "tools/cli/testing_program.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;

// To renew: bazel run //analysis:tables -- --explain all > docs/findings.md
TEST(Documents, FindingsAreWhatExplainPrints) {
  EXPECT_EQ(RunProgram("analysis/tables --explain all").out,
            ReadFile("docs/findings.md").value_or("no file"));
}

TEST(Documents, EveryColumnOfAReportedTable) {
  const std::string text =
      ReadFile("docs/reported_tables.md").value_or("no file");
  const auto expect = [&](const char* column) {
    EXPECT_THAT(text, HasSubstr(absl::StrCat("`", column, "`")));
  };
  for (const TextColumn& column : TextColumns()) expect(column.name);
  for (const CountColumn& column : CountColumns()) expect(column.name);
  for (const NumberColumn& column : NumberColumns()) expect(column.name);
}

}  // namespace
}  // namespace lockstep::analysis
