#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "Single runs without spread. One run of a program on a shared machine is "
    "within some per cent of the next; without repeats nobody can tell a "
    "difference from chance. At least 3 repeats of a cell, its median and an "
    "interval: `bazel run //train:sweep -- --repeats 3`.";

constexpr char kHeader[] =
    "label,world_size,batch_size_per_rank,epoch_time_s,repeats,"
    "epoch_time_low_s,epoch_time_high_s\n";

bool HasSpread(const ReportedRow& row) {
  return row.repeats.value_or(1) >= kEnoughRepeats || row.epoch_time_low_s;
}

// One note for each label: a table of single runs is one fact, not a dozen.
void CheckTable(const ReportedTable& table, std::vector<Finding>& findings) {
  std::map<std::string, std::vector<CellName>> single;
  for (const ReportedRow& row : table.rows)
    if (row.epoch_time_s && !HasSpread(row))
      single[row.label].push_back(CellOf(row, "epoch_time_s"));
  for (auto& [label, cells] : single) {
    Finding finding;
    finding.severity = Severity::kNote;
    finding.what = absl::StrCat(cells.size(), " times",
                                label.empty() ? "" : " of " + label,
                                " are single runs without spread");
    finding.corrected = "3 repeats or more, median and interval";
    finding.cells = std::move(cells);
    findings.push_back(finding);
  }
}

void CheckGroups(const std::vector<RunGroup>& groups,
                 std::vector<Finding>& findings) {
  Finding finding;
  finding.severity = Severity::kNote;
  for (const RunGroup& group : groups)
    if (HasParts(group) && !HasEnoughRepeats(group))
      finding.cells.push_back({absl::StrCat("#", group.number), "repeats"});
  if (finding.cells.empty()) return;
  finding.what = absl::StrCat(
      finding.cells.size(), " configurations have fewer than ", kEnoughRepeats,
      " repeats: their intervals come from steps of one run, and a slow minute "
      "is not in them");
  finding.corrected = "--repeats 3";
  findings.push_back(finding);
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  for (const ReportedTable& table : evidence.reported)
    CheckTable(table, findings);
  CheckGroups(evidence.groups, findings);
  return findings;
}

}  // namespace

Rule NoSpread() {
  return {"E18",
          "single runs without spread",
          kText,
          absl::StrCat(kHeader, "example,4,128,5.023,,,\n"),
          absl::StrCat(kHeader, "example,4,128,5.023,5,4.98,5.07\n"),
          Find};
}

}  // namespace lockstep::analysis
