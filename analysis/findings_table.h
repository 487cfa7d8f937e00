// Findings as text and as a table.

#ifndef LOCKSTEP_ANALYSIS_FINDINGS_TABLE_H_
#define LOCKSTEP_ANALYSIS_FINDINGS_TABLE_H_

#include <string>
#include <vector>

#include "analysis/findings/finding.h"
#include "report/finding_text.h"
#include "report/table.h"

namespace lockstep::analysis {

std::vector<FindingText> TextsOf(const std::vector<Finding>& findings);

// A row a finding, for CSV.
Table FindingsTable(const std::vector<Finding>& findings);

// For the terminal: a paragraph for each rule and severity, a line a finding.
// "" without findings.
std::string FindingsMarkdown(const std::vector<Finding>& findings);

// Marks the cells of `tables` that findings concern. Notes mark nothing: they
// would stand everywhere.
void MarkFindings(const std::vector<Finding>& findings,
                  std::vector<Table>& tables);

// What --explain prints: the rule's text, and its example with what it finds
// there.
std::string Explain(const Rule& rule);

// Of every rule, with a word before: docs/findings.md.
std::string ExplainAll();

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FINDINGS_TABLE_H_
