#include <algorithm>

#include "absl/strings/str_cat.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "Whole steps. An epoch has I = ceil(ceil(images / P) / b) steps, and the "
    "last one is as long as the others: 50,000 images with b = 2048 on 4 ranks "
    "need 7 steps where 6.25 would do, which takes 12 % from the speedup of an "
    "epoch. Compare images/s over full steps, or drop the last batch and say "
    "what is lost. A table whose steps are not those of its own images, ranks "
    "and batch was made with something else than it says.";

constexpr char kHeader[] =
    "label,world_size,batch_size_per_rank,epoch_time_s,steps\n";

// From where on rounding is worth a line: 3 %.
constexpr double kWorthALine = 0.03;

double IdealSteps(const ReportedRow& row) {
  return 1.0 * *row.train_images / (*row.world_size * *row.batch_size_per_rank);
}

// Padded, dropped or uneven last batches: all of them are right.
bool IsPossible(const ReportedRow& row) {
  const double ideal = IdealSteps(row), steps = *row.steps;
  return steps > ideal - 1 - kSlack * ideal &&
         steps < ideal + 1.01 + kSlack * ideal;
}

Finding WrongSteps(const ReportedRow& row) {
  Finding finding;
  finding.severity = Severity::kError;
  finding.cells = {CellOf(row, "steps")};
  finding.what = absl::StrCat(RanksAndBatch(row), ": ", *row.steps,
                              " steps do not go through ", *row.train_images,
                              " images once");
  finding.corrected = absl::StrCat(Short(IdealSteps(row)), " steps");
  finding.formula = "ceil(ceil(images / P) / b)";
  return finding;
}

Finding RoundedSteps(const ReportedRow& row) {
  Finding finding;
  finding.severity = Severity::kNote;
  finding.cells = {CellOf(row, "epoch_time_s")};
  finding.what =
      absl::StrCat(RanksAndBatch(row), ": ", *row.steps, " steps where ",
                   Short(IdealSteps(row)), " would do");
  finding.corrected = absl::StrCat(
      "rounding is ", Short(100 * (*row.steps / IdealSteps(row) - 1)),
      " % of the epoch's time");
  finding.formula = "I / (images / (P b))";
  return finding;
}

// Accumulation makes fewer updates than steps; nothing makes more.
void CheckUpdates(const ReportedRow& row, std::vector<Finding>& findings) {
  if (!row.updates || !row.epoch) return;
  const uint64_t most = *row.epoch * *row.steps;
  if (*row.updates <= (1 + kSlack) * most) return;
  Finding finding;
  finding.severity = Severity::kError;
  finding.cells = {CellOf(row, "updates")};
  finding.what =
      absl::StrCat(RanksAndBatch(row), ": ", *row.updates, " updates in ",
                   *row.epoch, " epochs of ", *row.steps, " steps");
  finding.corrected = absl::StrCat(most, " updates");
  finding.formula = "updates = epochs x I";
  findings.push_back(finding);
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable&, const ReportedRow& row) {
    if (!row.steps || !row.world_size || !row.batch_size_per_rank) return;
    CheckUpdates(row, findings);
    if (IsWeak(row)) return;  // its images may not be known
    if (!IsPossible(row)) {
      findings.push_back(WrongSteps(row));
    } else if (row.epoch_time_s && row.world_size > 1u &&
               *row.steps > (1 + kWorthALine) * IdealSteps(row)) {
      findings.push_back(RoundedSteps(row));
    }
  });
  return findings;
}

}  // namespace

Rule Rounding() {
  return {"E5",
          "whole steps",
          kText,
          absl::StrCat(kHeader, "example,4,128,5.023,391\n"),
          absl::StrCat(kHeader, "example,4,128,5.023,98\n"),
          Find};
}

}  // namespace lockstep::analysis
