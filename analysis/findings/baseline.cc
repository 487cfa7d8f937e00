#include <algorithm>

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

// The form that the row's speedup is; one rank's before others; null if none.
const SpeedupForm* UsedBy(const ReportedRow& row,
                          const std::vector<SpeedupForm>& forms) {
  const SpeedupForm* used = nullptr;
  for (const SpeedupForm& form : forms) {
    if ((!form.same_batch_per_rank && !form.same_global_batch) ||
        !Agree(*row.speedup, form.throughput, kSlack))
      continue;
    if (*form.baseline->world_size == 1) return &form;
    used = &form;
  }
  return used;
}

// True if the speedup is also the one against the ranks that the row names.
bool IsNamed(const ReportedRow& row, const std::vector<SpeedupForm>& forms) {
  return std::any_of(forms.begin(), forms.end(), [&](const SpeedupForm& form) {
    return form.baseline->world_size == row.baseline_world_size &&
           Agree(*row.speedup, form.throughput, kSlack);
  });
}

Finding FindingOf(const ReportedRow& row, uint64_t ranks, const char* end) {
  Finding finding;
  finding.severity = Severity::kError;
  finding.cells = {CellOf(row, "speedup"), CellOf(row, "baseline_world_size")};
  finding.what =
      absl::StrCat(RanksAndBatch(row), ": ", Short(*row.speedup), " is T(",
                   ranks, ") / T(", *row.world_size, "), from ", ranks,
                   ranks == 1 ? " rank" : " ranks", " on", end);
  finding.formula = "T(1) / T(P)";
  return finding;
}

void CheckManyRanks(const ReportedRow& row,
                    const std::vector<SpeedupForm>& forms,
                    const SpeedupForm& used, std::vector<Finding>& findings) {
  const uint64_t ranks = *used.baseline->world_size;
  const bool is_named = row.baseline_world_size == ranks;
  Finding finding =
      FindingOf(row, ranks, is_named ? "" : ", which the table does not say");
  if (is_named) finding.severity = Severity::kWarning;
  if (const SpeedupForm* one = FromOneRank(forms, used)) {
    finding.corrected =
        absl::StrCat(Short(one->throughput), " against one rank");
  } else {
    if (is_named) finding.severity = Severity::kNote;
    finding.corrected = "run one rank";
  }
  findings.push_back(finding);
}

void Check(const ReportedTable& table, const ReportedRow& row,
           std::vector<Finding>& findings) {
  const std::vector<SpeedupForm> forms = SpeedupForms(table, row);
  const SpeedupForm* const used = UsedBy(row, forms);
  if (used == nullptr) return;
  if (*used->baseline->world_size > 1)
    return CheckManyRanks(row, forms, *used, findings);
  if (row.baseline_world_size.value_or(1) == 1 || IsNamed(row, forms)) return;
  findings.push_back(
      FindingOf(row, 1, ", and the table names another baseline"));
  findings.back().corrected = "baseline_world_size 1";
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
