#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"
#include "analysis/laws/karp_flatt.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "Amdahl on the wrong data. The share of communication in a step is not "
    "Amdahl's serial fraction: it overlaps with computation and changes with "
    "P. "
    "What the measured speedup says is Karp and Flatt's e(P) = (1/S - 1/P) / "
    "(1 - 1/P): constant for a serial part, rising with P where communication "
    "grows. Amdahl's law belongs to strong scaling only (Gustafson's to weak "
    "scaling), and with s it gives 1 / (s + (1 - s) / P) and nothing else.";

constexpr char kHeader[] =
    "label,world_size,batch_size_per_rank,epoch_time_s,speedup,"
    "serial_fraction,predicted_speedup\n";
constexpr char kBaseline[] = "example,1,128,101.7,,,\n";

// Karp-Flatt beyond this factor of s is another number, not noise.
constexpr double kFactor = 1.5;

Quantity Amdahl(const Quantity& s, uint64_t ranks) {
  const auto speedup = [=](double f) { return 1 / (f + (1 - f) / ranks); };
  return {speedup(s.value), speedup(s.high), speedup(s.low)};
}

// The row's speedup, from its times if it has them.
std::optional<double> MeasuredSpeedup(const ReportedTable& table,
                                      const ReportedRow& row) {
  for (const SpeedupForm& form : SpeedupForms(table, row))
    if (*form.baseline->world_size == 1 &&
        (form.same_batch_per_rank || form.same_global_batch))
      return form.value.value;
  if (row.speedup) return row.speedup->value;
  return std::nullopt;
}

void CheckPrediction(const ReportedRow& row, std::vector<Finding>& findings) {
  const Quantity right = Amdahl(*row.serial_fraction, *row.world_size);
  if (!row.predicted_speedup || Agree(*row.predicted_speedup, right, kSlack))
    return;
  Finding finding;
  finding.severity = Severity::kError;
  finding.cells = {CellOf(row, "predicted_speedup"),
                   CellOf(row, "serial_fraction")};
  finding.what =
      absl::StrCat("P = ", *row.world_size,
                   ": Amdahl's law with s = ", Short(*row.serial_fraction),
                   " gives ", absl::StrFormat("%.2f", right.value), ", not ",
                   Short(*row.predicted_speedup));
  finding.corrected = absl::StrFormat("%.2f", right.value);
  finding.formula = "1 / (s + (1 - s) / P)";
  findings.push_back(finding);
}

void CheckFraction(const ReportedTable& table, const ReportedRow& row,
                   std::vector<Finding>& findings) {
  const std::optional<double> speedup = MeasuredSpeedup(table, row);
  if (!speedup) return;
  const double e = KarpFlatt(*speedup, *row.world_size);
  const double s = row.serial_fraction->value;
  if (s <= kFactor * e && e <= kFactor * s) return;
  Finding finding;
  finding.severity = Severity::kWarning;
  finding.cells = {CellOf(row, "serial_fraction")};
  finding.what = absl::StrCat(
      "P = ", *row.world_size, ": s = ", Short(s),
      " is not what the speedup of ", absl::StrFormat("%.2f", *speedup),
      " says: it would give ",
      absl::StrFormat("%.2f", Amdahl(Exact(s), *row.world_size).value),
      "; a share of communication is no serial fraction");
  finding.corrected = absl::StrFormat("Karp-Flatt e = %.3f", e);
  finding.formula = "(1/S - 1/P) / (1 - 1/P)";
  findings.push_back(finding);
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable& table, const ReportedRow& row) {
    if (!row.serial_fraction || row.world_size.value_or(1) < 2) return;
    CheckPrediction(row, findings);
    CheckFraction(table, row, findings);
  });
  return findings;
}

}  // namespace

Rule AmdahlMisuse() {
  return {
      "E6",
      "Amdahl on the wrong data",
      kText,
      absl::StrCat(kHeader, kBaseline, "example,4,128,34.3,2.97,0.257,2.86\n"),
      absl::StrCat(kHeader, kBaseline, "example,4,128,34.3,2.97,0.116,2.97\n"),
      Find};
}

}  // namespace lockstep::analysis
