#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "An efficiency that is not from its own numbers. It is 100 S / P, or per "
    "step t_step(1, b) / t_step(P, b). Computed from a speedup that was "
    "rounded "
    "first it may reach a target that the times miss: 101.7 / 34.3 / 4 is "
    "74.1 %, and 3.0 / 4 is 75 %.";

constexpr char kHeader[] =
    "label,world_size,batch_size_per_rank,epoch_time_s,speedup,"
    "efficiency_percent\n";
constexpr char kBaseline[] = "example,1,128,101.7,,\n";

constexpr double kRoundingUp = 0.025;  // more is no rounding

// Efficiencies against the row's baseline that its numbers give, the first from
// its own times.
std::vector<Quantity> Efficiencies(const ReportedTable& table,
                                   const ReportedRow& row) {
  std::vector<Quantity> all;
  for (const SpeedupForm& form : SpeedupForms(table, row)) {
    if ((!form.same_batch_per_rank && !form.same_global_batch) ||
        form.baseline->world_size != row.baseline_world_size.value_or(1))
      continue;
    const double ranks = 1.0 * *row.world_size / *form.baseline->world_size;
    const Quantity efficiency = 100 / ranks * form.throughput;
    all.push_back(efficiency);
    if (IsWeak(row) && form.same_images) all.push_back(100 * form.value);
    if (form.same_images && form.same_batch_per_rank && row.steps &&
        form.baseline->steps)
      all.push_back(1.0 * *row.steps / *form.baseline->steps * ranks *
                    efficiency);
  }
  if (all.empty() && row.speedup)
    all.push_back(100.0 * row.baseline_world_size.value_or(1) /
                  *row.world_size * *row.speedup);
  return all;
}

void Check(const ReportedTable& table, const ReportedRow& row,
           std::vector<Finding>& findings) {
  const std::vector<Quantity> right = Efficiencies(table, row);
  if (right.empty()) return;
  for (const Quantity& efficiency : right)
    if (Agree(*row.efficiency_percent, efficiency)) return;
  const double apart =
      std::abs(row.efficiency_percent->value / right[0].value - 1);
  Finding finding;
  finding.severity = apart <= kRoundingUp ? Severity::kNote : Severity::kError;
  finding.cells = {CellOf(row, "efficiency_percent")};
  finding.what =
      absl::StrFormat("%s: %s %% is not S / P of the row's own numbers%s",
                      RanksAndBatch(row), Short(*row.efficiency_percent),
                      apart <= kRoundingUp ? ", which were rounded first" : "");
  finding.corrected = absl::StrFormat("%.1f %%", right[0].value);
  finding.formula = "100 S / P";
  findings.push_back(finding);
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable& table, const ReportedRow& row) {
    if (row.efficiency_percent && row.world_size.value_or(1) > 1)
      Check(table, row, findings);
  });
  return findings;
}

}  // namespace

Rule EfficiencyMismatch() {
  return {"E24",
          "efficiency that is not from its own numbers",
          kText,
          absl::StrCat(kHeader, kBaseline, "example,4,128,34.3,2.97,90\n"),
          absl::StrCat(kHeader, kBaseline, "example,4,128,34.3,2.97,74.1\n"),
          Find};
}

}  // namespace lockstep::analysis
