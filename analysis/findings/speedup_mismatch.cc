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

bool IsComparable(const SpeedupForm& form) {
  return form.same_batch_per_rank || form.same_global_batch;
}

// Ratios that are right for what the row calls itself.
bool IsRight(const ReportedRow& row, const SpeedupForm& form) {
  if (Agree(*row.speedup, form.value, kSlack)) return true;
  const std::string label = absl::AsciiStrToLower(row.scaling_label);
  const Quantity ranks =
      Exact(1.0 * *row.world_size / *form.baseline->world_size);
  // Weak scaling has scaled speedups, and E4 judges efficiencies in its name.
  return absl::StrContains(label, "weak") && form.same_batch_per_rank &&
         (Agree(*row.speedup, ranks * form.value, kSlack) ||
          Agree(*row.speedup, form.value / ranks, kSlack));
}

// How the printed number comes about, if it can be told.
std::string Explanation(const ReportedRow& row,
                        const std::vector<SpeedupForm>& forms) {
  for (const SpeedupForm& form : forms) {
    const Quantity ranks =
        Exact(1.0 * *row.world_size / *form.baseline->world_size);
    if (IsComparable(form) &&
        Agree(*row.speedup, Exact(1) / form.value, kSlack))
      return ", it is T(P) / T(1), upside down";
    if (IsComparable(form) && Agree(*row.speedup, form.value / ranks, kSlack))
      return ", it is the efficiency T(1) / T(P) / P";
    if (!IsComparable(form) && Agree(*row.speedup, form.value, kSlack))
      return absl::StrCat(", it is the ratio to ",
                          RanksAndBatch(*form.baseline), ", another problem");
  }
  return "";
}

// The form to correct with: one rank and the same batch per rank, or the first.
const SpeedupForm* Expected(const std::vector<SpeedupForm>& forms) {
  const SpeedupForm* expected = nullptr;
  for (const SpeedupForm& form : forms) {
    if (!IsComparable(form)) continue;
    if (expected == nullptr ||
        (*form.baseline->world_size == 1 && form.same_batch_per_rank))
      expected = &form;
  }
  return expected;
}

void Check(const ReportedTable& table, const ReportedRow& row,
           std::vector<Finding>& findings) {
  const std::vector<SpeedupForm> forms = SpeedupForms(table, row);
  const SpeedupForm* const expected = Expected(forms);
  if (expected == nullptr) return;
  for (const SpeedupForm& form : forms)
    if (IsComparable(form) && IsRight(row, form)) return;
  Finding finding;
  finding.severity = Severity::kError;
  finding.cells = {CellOf(row, "speedup")};
  finding.what = absl::StrCat(RanksAndBatch(row), ": ", Short(*row.speedup),
                              " is not T(1) / T(P) of the table's own times, ",
                              Short(*expected->baseline->epoch_time_s), " s / ",
                              Short(*EpochTimeOf(table, row)), " s",
                              Explanation(row, forms));
  finding.corrected = Short(expected->value);
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

Rule SpeedupMismatch() {
  return {"E22",
          "speedup that is not from its own times",
          kText,
          absl::StrCat(kHeader, kRows, "example,4,512,5.160,0.26\n"),
          absl::StrCat(kHeader, kRows, "example,4,512,5.160,3.82\n"),
          Find};
}

}  // namespace lockstep::analysis
