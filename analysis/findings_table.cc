#include "analysis/findings_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "analysis/findings/audit.h"
#include "analysis/read_reported.h"
#include "analysis/reported/csv_table.h"
#include "analysis/reported/reported_records.h"
#include "report/wrap.h"

namespace lockstep::analysis {
namespace {

// Beyond it "and 7 more cells" is easier to read.
constexpr size_t kCellsNamed = 3;

std::string CellText(const CellName& cell) {
  return absl::StrCat(cell.row, " ", cell.column);
}

std::vector<std::string> CellTexts(const Finding& finding) {
  std::vector<std::string> texts;
  for (const CellName& cell : finding.cells) texts.push_back(CellText(cell));
  return texts;
}

std::string Where(const Finding& finding) {
  std::vector<std::string> texts = CellTexts(finding);
  if (texts.size() <= kCellsNamed) return absl::StrJoin(texts, ", ");
  const size_t more = texts.size() - 1;
  return absl::StrCat(texts[0], " and ", more, " more cells");
}

std::string LineOf(const Finding& finding) {
  std::string line = absl::StrCat("- ", finding.what);
  if (!finding.corrected.empty())
    absl::StrAppend(&line, " -> ", finding.corrected);
  return absl::StrCat(line, " (", Where(finding), ")");
}

// "2 errors, 1 note".
std::string CountsOf(const std::vector<Finding>& findings) {
  std::vector<std::string> counts;
  for (const Severity severity :
       {Severity::kError, Severity::kWarning, Severity::kNote}) {
    const size_t count = std::count_if(
        findings.begin(), findings.end(),
        [&](const Finding& finding) { return finding.severity == severity; });
    if (count > 0)
      counts.push_back(absl::StrCat(count, " ", SeverityName(severity),
                                    count > 1 ? "s" : ""));
  }
  return absl::StrJoin(counts, ", ");
}

bool IsSameParagraph(const Finding& a, const Finding& b) {
  return a.id == b.id && a.severity == b.severity;
}

// The findings of `rule` in its own example.
std::vector<Finding> FindingsInExample(const Rule& rule) {
  absl::StatusOr<ReportedTable> table =
      ParseCsvTable(rule.wrong_example, "example.csv");
  if (!table.ok()) return {};
  FillAssumptions(*table);
  const absl::StatusOr<std::vector<Run>> runs = RunsOf(*table);
  if (!runs.ok()) return {};
  const std::vector<RunGroup> groups = GroupRuns(*runs);
  const std::vector<ReportedTable> tables = {*table};
  return rule.find({*runs, groups, tables, 0});
}

// Indented by four: code in Markdown, and plain on a terminal.
std::string Indented(const std::string& text) {
  std::string indented;
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty()))
    absl::StrAppend(&indented, "    ", line, "\n");
  return indented;
}

}  // namespace

std::vector<FindingText> TextsOf(const std::vector<Finding>& findings) {
  std::vector<FindingText> texts;
  for (const Finding& finding : findings)
    texts.push_back({finding.id, SeverityName(finding.severity), finding.title,
                     finding.what, finding.corrected, finding.formula,
                     CellTexts(finding)});
  return texts;
}

Table FindingsTable(const std::vector<Finding>& findings) {
  Table table;
  table.name = "findings";
  table.title = "Findings";
  table.caption = "What is wrong with these numbers, and what is right.";
  table.columns = {{"finding", ""}, {"severity", ""}, {"title", ""},
                   {"cells", ""},   {"what", ""},     {"corrected", ""},
                   {"formula", ""}};
  for (const Finding& finding : findings)
    table.rows.push_back(
        {Text(finding.id), Text(SeverityName(finding.severity)),
         Text(finding.title), Text(absl::StrJoin(CellTexts(finding), ", ")),
         Text(finding.what), Text(finding.corrected), Text(finding.formula)});
  return table;
}

std::string FindingsMarkdown(const std::vector<Finding>& findings) {
  if (findings.empty()) return "";
  std::string text =
      absl::StrCat("## Findings\n", CountsOf(findings),
                   ". `tables --explain ID` says why and shows an example.\n");
  const Finding* before = nullptr;
  for (const Finding& finding : findings) {
    if (before == nullptr || !IsSameParagraph(*before, finding))
      absl::StrAppend(&text, "\n**", finding.id, " ",
                      SeverityName(finding.severity), ": ", finding.title, "**",
                      finding.formula.empty()
                          ? ""
                          : absl::StrCat(" (", finding.formula, ")"),
                      "\n");
    absl::StrAppend(&text, Wrapped(LineOf(finding), "  "), "\n");
    before = &finding;
  }
  return absl::StrCat(text, "\n");
}

void MarkFindings(const std::vector<Finding>& findings,
                  std::vector<Table>& tables) {
  for (const Finding& finding : findings) {
    if (finding.severity == Severity::kNote) continue;
    for (const CellName& cell : finding.cells)
      for (Table& table : tables)
        MarkCell(table, cell.row, cell.column, finding.id);
  }
}

std::string Explain(const Rule& rule) {
  std::string text = absl::StrCat("## ", rule.id, ": ", rule.title, "\n\n",
                                  Wrapped(rule.text), "\n");
  if (rule.wrong_example.empty()) return text;
  absl::StrAppend(&text, "\nFor example, this table\n\n",
                  Indented(rule.wrong_example), "\ngets\n\n");
  for (const Finding& finding : FindingsInExample(rule))
    absl::StrAppend(&text, Wrapped(LineOf(finding), "  "), "\n");
  absl::StrAppend(&text, "\nand this one does not\n\n",
                  Indented(rule.right_example));
  return text;
}

std::string ExplainAll() {
  std::string text = absl::StrCat(
      "# Findings\n\n",
      Wrapped("What `//analysis:tables` looks for in measured and reported "
              "numbers. An error is a number or a label that is wrong; a "
              "warning, numbers that do not say what they are taken for; a "
              "note, what a reader must know. A right table has neither errors "
              "nor warnings; `--strict` makes an error exit code 1. This text "
              "is what `tables --explain all` prints."),
      "\n");
  for (const Rule& rule : Rules()) absl::StrAppend(&text, "\n", Explain(rule));
  return text;
}

}  // namespace lockstep::analysis
