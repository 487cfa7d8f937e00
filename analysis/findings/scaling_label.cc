#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "Weak, strong, or neither. Strong scaling keeps the problem: the same "
    "global batch B, S = T(1, B) / T(P, B / P). Weak scaling keeps the work of "
    "a "
    "rank: the same batch b per rank, E = t_step(1, b) / t_step(P, b). Epochs "
    "of "
    "a fixed data set with a fixed batch per rank are neither: the samples are "
    "fixed (looks strong), the work of a step and rank is fixed (weak), and "
    "the "
    "optimisation problem changes, because the global batch grows with P. Call "
    "S = T(1) / T(P) of such epochs throughput speedup, and print the weak "
    "efficiency beside it; S / P of it is not weak scaling, because the ranks "
    "share one data set and whole steps round. A grid of batches with ratio r "
    "holds exact strong pairs at P = r.";

constexpr char kHeader[] =
    "label,world_size,batch_size_per_rank,epoch_time_s,speedup,scaling_label\n";

bool IsStrong(const ReportedRow& row) {
  return absl::StrContains(absl::AsciiStrToLower(row.scaling_label), "strong");
}

// What makes the row's speedup, if it has one; otherwise what could.
struct Match {
  const SpeedupForm* same_global = nullptr;
  const SpeedupForm* same_per_rank = nullptr;
  const SpeedupForm* per_rank_over_ranks = nullptr;  // S / P
};

Match MatchOf(const ReportedRow& row, const std::vector<SpeedupForm>& forms) {
  Match match;
  for (const SpeedupForm& form : forms) {
    const bool agrees = !row.speedup ||
                        Agree(*row.speedup, form.value, kSlack) ||
                        Agree(*row.speedup, form.throughput, kSlack);
    if (agrees && form.same_global_batch) match.same_global = &form;
    if (agrees && form.same_batch_per_rank) match.same_per_rank = &form;
    const double ranks = 1.0 * *row.world_size / *form.baseline->world_size;
    if (row.speedup && form.same_batch_per_rank && form.same_images &&
        Agree(*row.speedup, form.value / Exact(ranks), kSlack))
      match.per_rank_over_ranks = &form;
  }
  return match;
}

std::string Throughput(const ReportedRow& row, const SpeedupForm& form) {
  if (form.throughput.value == 0) return "throughput speedup";  // untimed
  std::string text =
      absl::StrCat("throughput speedup ", Short(form.throughput));
  const auto efficiency = WeakEfficiency(row, form);
  if (efficiency)
    absl::StrAppend(&text, ", weak efficiency per step ", Short(*efficiency));
  return text;
}

Finding FindingOf(const ReportedRow& row, const std::string& what,
                  std::string corrected, std::string formula) {
  Finding finding;
  finding.severity = Severity::kError;
  finding.cells = {CellOf(row, "scaling_label")};
  if (row.speedup) finding.cells.push_back(CellOf(row, "speedup"));
  finding.what = absl::StrCat(RanksAndBatch(row), ": ", what);
  finding.corrected = std::move(corrected);
  finding.formula = std::move(formula);
  return finding;
}

Finding NotStrong(const ReportedRow& row, const SpeedupForm& form) {
  const uint64_t batch = *row.batch_size_per_rank;
  return FindingOf(
      row,
      absl::StrCat(
          "called '", row.scaling_label, "', but the batch per rank is ", batch,
          " as at P = ", *form.baseline->world_size,
          ", so the global batch grows from ",
          batch * *form.baseline->world_size, " to ", batch * *row.world_size,
          ": not strong scaling but the throughput of a fixed data "
          "set. S / P of it is not weak scaling either: the ranks "
          "share one data set, and whole steps round"),
      Throughput(row, form), "strong: T(1, B) / T(P, B / P)");
}

Finding NotWeak(const ReportedRow& row, const SpeedupForm& form) {
  return FindingOf(
      row,
      absl::StrCat("called '", row.scaling_label, "', but the global batch is ",
                   *row.batch_size_per_rank * *row.world_size,
                   " as at P = ", *form.baseline->world_size,
                   " and each rank's share shrinks: strong scaling"),
      absl::StrCat("strong speedup ", Short(form.value)),
      "weak: t_step(1, b) / t_step(P, b)");
}

Finding NotWeakEfficiency(const ReportedRow& row, const SpeedupForm& form) {
  return FindingOf(
      row,
      absl::StrCat("called '", row.scaling_label, "', but ",
                   Short(*row.speedup),
                   " is T(1) / T(P) / P of epochs of one fixed data set: the "
                   "efficiency of a throughput speedup. Weak scaling compares "
                   "steps of the same batch per rank"),
      Throughput(row, form), "weak: t_step(1, b) / t_step(P, b)");
}

// What rows without times say: the strong row's batch per rank is another's
// with fewer ranks, and nobody has its global batch.
void CheckUntimedStrong(const ReportedTable& table, const ReportedRow& row,
                        std::vector<Finding>& findings) {
  const uint64_t batch = *row.batch_size_per_rank;
  const ReportedRow* same_per_rank = nullptr;
  for (const ReportedRow& other : table.rows) {
    if (other.label != row.label || other.model != row.model ||
        !other.world_size || !other.batch_size_per_rank ||
        *other.world_size >= *row.world_size)
      continue;
    if (*other.world_size * *other.batch_size_per_rank ==
        *row.world_size * batch)
      return;
    if (*other.batch_size_per_rank == batch &&
        (*other.world_size == 1 || IsStrong(other)))
      same_per_rank = &other;
  }
  if (same_per_rank != nullptr)
    findings.push_back(
        NotStrong(row, {same_per_rank, {}, {}, false, true, true}));
}

// An untimed speedup that is another row's, divided by P.
void CheckUntimedWeak(const ReportedTable& table, const ReportedRow& row,
                      std::vector<Finding>& findings) {
  for (const ReportedRow& other : table.rows) {
    if (!row.speedup || !other.speedup || IsWeak(other) ||
        other.label != row.label || other.model != row.model ||
        other.world_size != row.world_size ||
        other.batch_size_per_rank != row.batch_size_per_rank ||
        !Agree(*row.speedup, *other.speedup / Exact(*row.world_size), kSlack))
      continue;
    const SpeedupForm form = {&other, *other.speedup, *other.speedup,
                              false,  true,           true};
    findings.push_back(NotWeakEfficiency(row, form));
    return;
  }
}

void Check(const ReportedTable& table, const ReportedRow& row,
           std::vector<Finding>& findings) {
  if (!row.batch_size_per_rank) return;
  const std::vector<SpeedupForm> forms = SpeedupForms(table, row);
  if (forms.empty() && row.world_size.value_or(1) > 1) {
    if (IsStrong(row)) CheckUntimedStrong(table, row, findings);
    if (IsWeak(row)) CheckUntimedWeak(table, row, findings);
  }
  const Match match = MatchOf(row, forms);
  if (IsStrong(row) && match.same_global == nullptr &&
      match.same_per_rank != nullptr)
    findings.push_back(NotStrong(row, *match.same_per_rank));
  if (!IsWeak(row)) return;
  if (match.same_global != nullptr && match.same_per_rank == nullptr)
    findings.push_back(NotWeak(row, *match.same_global));
  if (match.per_rank_over_ranks != nullptr && match.same_per_rank == nullptr &&
      match.same_global == nullptr)
    findings.push_back(NotWeakEfficiency(row, *match.per_rank_over_ranks));
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable& table, const ReportedRow& row) {
    if (!row.scaling_label.empty()) Check(table, row, findings);
  });
  return findings;
}

}  // namespace

Rule ScalingLabel() {
  return {"E4",
          "weak, strong, or neither",
          kText,
          absl::StrCat(kHeader,
                       "example,1,512,18.07,,\n"
                       "example,2,512,10.20,1.77,strong scaling\n"),
          absl::StrCat(kHeader,
                       "example,1,512,18.07,,\n"
                       "example,2,512,10.20,1.77,throughput\n"),
          Find};
}

}  // namespace lockstep::analysis
