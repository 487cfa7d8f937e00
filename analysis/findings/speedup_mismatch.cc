#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "A speedup that does not follow from the times of its own table. It is the "
    "baseline's time over the row's, both from the table, both with the same "
    "batch per rank (throughput) or the same global batch (strong). Common "
    "slips: the ratio upside down, a baseline of another batch, the fastest "
    "row instead of the baseline, efficiency in the column of speedups.";

constexpr char kHeader[] =
    "label,world_size,batch_size_per_rank,epoch_time_s,speedup\n";
constexpr char kRows[] = "example,1,128,18.311,\nexample,1,512,19.704,\n";

// What the row calls throughput keeps the batch per rank.
bool IsComparable(const ReportedRow& row, const SpeedupForm& form) {
  const bool is_throughput =
      absl::StrContains(absl::AsciiStrToLower(row.scaling_label), "throughput");
  return form.same_batch_per_rank || (form.same_global_batch && !is_throughput);
}

// Ratios that are right for what the row calls itself.
bool IsRight(const ReportedRow& row, const SpeedupForm& form) {
  if (Agree(*row.speedup, form.throughput, kSlack)) return true;
  const Quantity ranks =
      Exact(1.0 * *row.world_size / *form.baseline->world_size);
  // Weak scaling has scaled speedups, and E4 judges efficiencies in its name.
  if (!IsWeak(row) || !form.same_batch_per_rank) return false;
  if (!form.same_images) return Agree(*row.speedup, form.value, kSlack);
  return Agree(*row.speedup, form.value, kSlack) ||
         Agree(*row.speedup, ranks * form.value, kSlack) ||
         Agree(*row.speedup, form.value / ranks, kSlack);
}

// How the printed number comes about, if it can be told.
std::string Explanation(const ReportedRow& row,
                        const std::vector<SpeedupForm>& forms) {
  for (const SpeedupForm& form : forms) {
    const Quantity ranks =
        Exact(1.0 * *row.world_size / *form.baseline->world_size);
    const bool is_comparable = IsComparable(row, form);
    if (!form.same_images && Agree(*row.speedup, form.value, kSlack))
      return absl::StrCat(", it compares epochs of ",
                          *form.baseline->train_images, " and ",
                          *row.train_images, " images");
    if (is_comparable && Agree(*row.speedup, Exact(1) / form.value, kSlack))
      return ", it is T(P) / T(1), upside down";
    if (is_comparable && Agree(*row.speedup, form.value / ranks, kSlack))
      return ", it is the efficiency T(1) / T(P) / P";
    if (!is_comparable && Agree(*row.speedup, form.value, kSlack))
      return absl::StrCat(", it is the ratio to ",
                          RanksAndBatch(*form.baseline), ", another problem");
  }
  return "";
}

// The form to correct with: one rank and the same batch per rank, or the first.
const SpeedupForm* Expected(const ReportedRow& row,
                            const std::vector<SpeedupForm>& forms) {
  const SpeedupForm* expected = nullptr;
  for (const SpeedupForm& form : forms) {
    if (!IsComparable(row, form)) continue;
    if (expected == nullptr ||
        (*form.baseline->world_size == 1 && form.same_batch_per_rank))
      expected = &form;
  }
  return expected;
}

Finding FindingOf(const ReportedRow& row, const std::string& what,
                  const Quantity& right) {
  Finding finding;
  finding.severity = Severity::kError;
  finding.cells = {CellOf(row, "speedup")};
  finding.what = absl::StrCat(RanksAndBatch(row), ": ", Short(*row.speedup),
                              " is not ", what);
  finding.corrected = Short(right);
  finding.formula = "T(1) / T(P)";
  return finding;
}

void Check(const ReportedTable& table, const ReportedRow& row,
           std::vector<Finding>& findings) {
  const std::vector<SpeedupForm> forms = SpeedupForms(table, row);
  const SpeedupForm* const expected = Expected(row, forms);
  if (expected == nullptr) return;
  for (const SpeedupForm& form : forms)
    if (IsComparable(row, form) && IsRight(row, form)) return;
  findings.push_back(
      FindingOf(row,
                absl::StrCat("T(1) / T(P) of the table's own times, ",
                             Short(*expected->baseline->epoch_time_s), " s / ",
                             Short(*EpochTimeOf(table, row)), " s",
                             Explanation(row, forms)),
                expected->throughput));
}

// One rank against itself is 1; against one rank with another batch it is a
// comparison of batches.
void CheckOneRank(const ReportedTable& table, const ReportedRow& row,
                  std::vector<Finding>& findings) {
  if (!row.epoch_time_s || row.baseline_world_size.value_or(1) != 1 ||
      Agree(*row.speedup, Exact(1), kSlack))
    return;
  for (const ReportedRow& other : table.rows)
    if (other.world_size == 1u && other.epoch_time_s &&
        Agree(*row.speedup, *other.epoch_time_s / *row.epoch_time_s, kSlack))
      return;
  findings.push_back(
      FindingOf(row, "what one rank has against itself", Exact(1)));
}

// A ratio to another net is no speedup.
void CheckOtherModel(const ReportedTable& table, const ReportedRow& row,
                     std::vector<Finding>& findings) {
  if (!row.epoch_time_s) return;
  for (const ReportedRow& other : table.rows) {
    const bool is_baseline = other.world_size && other.epoch_time_s &&
                             *other.world_size < *row.world_size &&
                             other.label == row.label &&
                             other.model != row.model;
    if (!is_baseline ||
        !Agree(*row.speedup, *other.epoch_time_s / *row.epoch_time_s, kSlack))
      continue;
    findings.push_back(FindingOf(
        row,
        absl::StrCat("a speedup of ", row.model, ", it is the ratio to ",
                     RanksAndBatch(other), " with ", other.model),
        Exact(0)));
    findings.back().corrected = absl::StrCat("run ", row.model, " on one rank");
    return;
  }
}

void CheckRow(const ReportedTable& table, const ReportedRow& row,
              std::vector<Finding>& findings) {
  if (row.world_size == 1u) return CheckOneRank(table, row, findings);
  if (SpeedupForms(table, row).empty())
    return CheckOtherModel(table, row, findings);
  Check(table, row, findings);
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable& table, const ReportedRow& row) {
    if (row.speedup && row.world_size) CheckRow(table, row, findings);
  });
  return findings;
}

}  // namespace

Rule SpeedupMismatch() {
  return {"E22",
          "speedup that is not from its own times",
          kText,
          absl::StrCat(kHeader, kRows, "example,4,512,5.160,0.26\n"),
          absl::StrCat(kHeader, kRows, "example,4,512,5.160,3.82\n"),
          Find};
}

}  // namespace lockstep::analysis
