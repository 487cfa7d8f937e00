// Every rule on its own examples, and on right tables of a model with known
// truth.

#include "analysis/findings/audit.h"

#include <algorithm>
#include <set>
#include <string>

#include "analysis/read_reported.h"
#include "analysis/reported/csv_table.h"
#include "analysis/reported/reported_records.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

std::vector<Finding> FindingsOf(const std::string& csv) {
  absl::StatusOr<ReportedTable> table = ParseCsvTable(csv, "t.csv");
  EXPECT_TRUE(table.ok()) << table.status() << "\n" << csv;
  if (!table.ok()) return {};
  FillAssumptions(*table);
  const std::vector<Run> runs = RunsOf(*table).value();
  const std::vector<RunGroup> groups = GroupRuns(runs);
  const std::vector<ReportedTable> tables = {*table};
  return Audit({runs, groups, tables, 0});
}

// "E1 error: ..." a line.
std::string TextOf(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings)
    text += finding.id + " " + SeverityName(finding.severity) + ": " +
            finding.what + " -> " + finding.corrected + "\n";
  return text;
}

bool IsAlarm(const Finding& finding) {
  return finding.severity != Severity::kNote;
}

TEST(Rules, HaveAnIdATextAndNoTwin) {
  std::set<std::string> ids;
  for (const Rule& rule : Rules()) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_GT(rule.text.size(), 100u) << rule.id;
    EXPECT_EQ(FindRule(rule.id), &rule);
  }
  EXPECT_EQ(FindRule("E0"), nullptr);
  EXPECT_EQ(FindRule("e1"), FindRule("E1"));
}

// A rule whose wrong example has only notes is one that only notes.
TEST(Rules, FindTheirWrongExamples) {
  for (const Rule& rule : Rules()) {
    if (rule.wrong_example.empty()) continue;
    const std::vector<Finding> findings = FindingsOf(rule.wrong_example);
    const bool found =
        std::any_of(findings.begin(), findings.end(),
                    [&](const Finding& f) { return f.id == rule.id; });
    EXPECT_TRUE(found) << rule.id << "\n" << TextOf(findings);
    for (const Finding& finding : findings)
      EXPECT_FALSE(finding.cells.empty()) << finding.id;
  }
}

TEST(Rules, AreSilentOnTheRightExamples) {
  for (const Rule& rule : Rules()) {
    if (rule.right_example.empty()) continue;
    const std::vector<Finding> findings = FindingsOf(rule.right_example);
    EXPECT_TRUE(std::none_of(findings.begin(), findings.end(), IsAlarm))
        << rule.id << "\n"
        << TextOf(findings);
  }
}

// Labels are wrong without times, too.
TEST(ScalingLabel, NeedsNoTimes) {
  const std::vector<Finding> findings = FindingsOf(
      "world_size,batch_size_per_rank,speedup,scaling_label\n"
      "1,512,,\n2,512,1.77,strong scaling\n2,512,0.88,weak scaling\n");
  ASSERT_EQ(findings.size(), 2u) << TextOf(findings);
  EXPECT_EQ(findings[0].id, "E4");
  EXPECT_EQ(findings[0].cells[0].row, "t.csv:3");
  EXPECT_EQ(findings[0].corrected, "throughput speedup");
  EXPECT_EQ(findings[1].id, "E4");
  EXPECT_EQ(findings[1].cells[0].row, "t.csv:4");
  EXPECT_EQ(findings[1].corrected, "throughput speedup 1.77");
  EXPECT_TRUE(FindingsOf("world_size,batch_size_per_rank,speedup,"
                         "scaling_label\n1,512,,\n2,256,1.77,strong\n")
                  .empty());
}

}  // namespace
}  // namespace lockstep::analysis
