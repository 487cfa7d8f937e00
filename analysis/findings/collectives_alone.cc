#include "absl/strings/str_cat.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"
#include "analysis/reported/collective_checks.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "A line of nccl-tests that contradicts itself, or a wrong sum. algbw = "
    "bytes "
    "/ time and busbw = algbw x the collective's factor, 2 (P - 1) / P for an "
    "all-reduce: a line that says something else was edited, or is of another "
    "number of ranks. #wrong above 0 means that the collective returned wrong "
    "numbers: no time of such a run means anything.";

void Add(const std::vector<CollectiveProblem>& problems, const char* column,
         const char* what, const char* formula,
         std::vector<Finding>& findings) {
  for (const CollectiveProblem& problem : problems) {
    Finding finding;
    finding.severity = Severity::kError;
    finding.cells = {{problem.row->source, column}};
    finding.what = absl::StrCat(problem.row->source, ": ", what, " is ",
                                Short(problem.printed), ", the rest of the ",
                                "line gives ", Short(problem.expected));
    finding.corrected = Short(problem.expected);
    finding.formula = formula;
    findings.push_back(finding);
  }
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  for (const CollectiveTable& table : evidence.collectives) {
    Add(OtherAlgorithmBandwidth(table), "algbw", "algbw", "bytes / time",
        findings);
    Add(OtherBusBandwidth(table), "busbw", "busbw", "algbw x factor", findings);
    Add(WrongElements(table), "wrong", "the number of wrong elements", "0",
        findings);
  }
  return findings;
}

}  // namespace

Rule CollectivesAlone() {
  return {"E26", "nccl-tests that contradict themselves", kText, "", "", Find};
}

}  // namespace lockstep::analysis
