// What is wrong with a table, and what a rule that finds it is.
//
// A rule looks at everything that was read and returns what it found. Adding
// one is a file with a function that returns a Rule, and a row in rules.inc;
// CONTRIBUTING.md has the recipe. Severities:
//   error    a number or a label is wrong: the corrected one is given
//   warning  the numbers may be right but do not say what they are taken for
//   note     what a reader of the table must know
// A right table has neither errors nor warnings.

#ifndef LOCKSTEP_ANALYSIS_FINDINGS_FINDING_H_
#define LOCKSTEP_ANALYSIS_FINDINGS_FINDING_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "analysis/reported/nccl_tests.h"
#include "analysis/reported/reported_table.h"
#include "analysis/run.h"
#include "analysis/run_group.h"

namespace lockstep::analysis {

enum class Severity { kError, kWarning, kNote };

// "error", "warning", "note".
const char* SeverityName(Severity severity);

// A cell as the tables name it: the first cell of its row ("s2.csv:10", "7" of
// #7) and the name of its column ("bandwidth_gb_per_s", "speedup").
struct CellName {
  std::string row;
  std::string column;
};

struct Finding {
  std::string id;     // of the rule; set by Audit
  std::string title;  // likewise
  Severity severity = Severity::kNote;
  std::vector<CellName> cells;  // that it concerns; at least one
  std::string what;             // one line: what is wrong, with the numbers
  std::string corrected;        // the right value, with its unit; "" if none
  std::string formula;          // by which it was found; "" if none
};

// What rules look at. Nothing is owned; reported rows have been through
// FillAssumptions.
struct Evidence {
  const std::vector<Run>& runs;
  const std::vector<RunGroup>& groups;
  const std::vector<ReportedTable>& reported;
  double link_peak_gb_per_s = 0;  // as the user declares it; 0 = not
  absl::Span<const CollectiveTable> collectives = {};  // of nccl-tests
};

struct Rule {
  std::string id;     // "E1"
  std::string title;  // a few words
  // What is wrong about it and what is right: paragraphs for --explain.
  std::string text;
  // Reported CSV tables: one in which this rule finds an error or a warning
  // (or, for a rule that only notes, a note), and the same one put right. ""
  // for rules that look at records only.
  std::string wrong_example;
  std::string right_example;
  std::vector<Finding> (*find)(const Evidence& evidence);
};

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FINDINGS_FINDING_H_
