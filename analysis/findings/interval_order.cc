#include "absl/strings/str_cat.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "An interval that does not hold its value. A median, a mean and a single "
    "run of the repeats all lie between the ends of their interval. Where the "
    "value is outside, or the ends are swapped, the interval is of another "
    "cell, or it is a spread (+- 0.2) in a column of ends.";

constexpr char kHeader[] =
    "label,world_size,batch_size_per_rank,repeats,epoch_time_s,"
    "epoch_time_low_s,epoch_time_high_s\n";

using Number = std::optional<Quantity> ReportedRow::*;

void Check(const ReportedRow& row, const std::string& column, Number value,
           Number low, Number high, std::vector<Finding>& findings) {
  if (!(row.*value) || !(row.*low) || !(row.*high)) return;
  if ((row.*low)->low <= (row.*value)->high &&
      (row.*value)->low <= (row.*high)->high)
    return;
  Finding finding;
  finding.severity = Severity::kError;
  finding.cells = {CellOf(row, column)};
  finding.what =
      absl::StrCat(RanksAndBatch(row), ": ", Short(*(row.*value)),
                   " s is not between the ends of its interval, ",
                   Short(*(row.*low)), " and ", Short(*(row.*high)), " s");
  finding.corrected = "the interval of these repeats";
  finding.formula = "low <= value <= high";
  findings.push_back(finding);
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable&, const ReportedRow& row) {
    Check(row, "epoch_time_s", &ReportedRow::epoch_time_s,
          &ReportedRow::epoch_time_low_s, &ReportedRow::epoch_time_high_s,
          findings);
    Check(row, "comm_time_s", &ReportedRow::comm_time_s,
          &ReportedRow::comm_time_low_s, &ReportedRow::comm_time_high_s,
          findings);
  });
  return findings;
}

}  // namespace

Rule IntervalOrder() {
  return {"E27",
          "interval that does not hold its value",
          kText,
          absl::StrCat(kHeader, "example,4,128,5,5.023,5.12,5.20\n"),
          absl::StrCat(kHeader, "example,4,128,5,5.023,4.98,5.07\n"),
          Find};
}

}  // namespace lockstep::analysis
