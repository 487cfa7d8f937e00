#include "absl/strings/str_cat.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "The baseline of a speedup must be named, and it is one rank. T(2) / T(4) "
    "hides what the step from one rank to two costs, and is never above 2; "
    "next "
    "to a column for 1 -> 4 it reads like the scaling of the whole machine.";

constexpr char kHeader[] =
    "label,world_size,batch_size_per_rank,epoch_time_s,speedup,"
    "baseline_world_size\n";
constexpr char kRows[] = "example,1,32,23.550,,\nexample,2,32,16.164,,\n";

// The one-rank form of the same kind; null without that run.
const SpeedupForm* FromOneRank(const std::vector<SpeedupForm>& forms,
                               const SpeedupForm& like) {
  for (const SpeedupForm& form : forms)
    if (*form.baseline->world_size == 1 &&
        form.same_batch_per_rank == like.same_batch_per_rank &&
        form.same_global_batch == like.same_global_batch)
      return &form;
  return nullptr;
}

void Check(const ReportedTable& table, const ReportedRow& row,
           std::vector<Finding>& findings) {
  const std::vector<SpeedupForm> forms = SpeedupForms(table, row);
  const SpeedupForm* used = nullptr;
  for (const SpeedupForm& form : forms) {
    if ((!form.same_batch_per_rank && !form.same_global_batch) ||
        !Agree(*row.speedup, form.value, kSlack))
      continue;
    if (*form.baseline->world_size == 1) return;
    used = &form;
  }
  if (used == nullptr) return;
  const uint64_t ranks = *used->baseline->world_size;
  Finding finding;
  const bool is_named = row.baseline_world_size == ranks;
  finding.severity = is_named ? Severity::kWarning : Severity::kError;
  finding.cells = {CellOf(row, "speedup"), CellOf(row, "baseline_world_size")};
  finding.what = absl::StrCat(RanksAndBatch(row), ": ", Short(*row.speedup),
                              " is T(", ranks, ") / T(", *row.world_size,
                              "), from ", ranks, " ranks on",
                              is_named ? "" : ", which the table does not say");
  if (const SpeedupForm* one = FromOneRank(forms, *used)) {
    finding.corrected = absl::StrCat(Short(one->value), " against one rank");
  } else {
    if (is_named) finding.severity = Severity::kNote;
    finding.corrected = "run one rank";
  }
  finding.formula = "T(1) / T(P)";
  findings.push_back(finding);
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable& table, const ReportedRow& row) {
    if (row.speedup && row.world_size) Check(table, row, findings);
  });
  return findings;
}

}  // namespace

Rule Baseline() {
  return {"E21",
          "baseline that is not one rank",
          kText,
          absl::StrCat(kHeader, kRows, "example,4,32,9.060,1.78,\n"),
          absl::StrCat(kHeader, kRows, "example,4,32,9.060,2.60,1\n"),
          Find};
}

}  // namespace lockstep::analysis
