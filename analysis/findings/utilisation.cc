#include "absl/strings/str_cat.h"
#include "analysis/findings/bandwidth_forms.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "A utilisation that cannot come from its own numbers. It is 100 x busbw / "
    "peak, both from the same row and in the same unit. Two errors can cancel "
    "into a plausible percentage: a bandwidth of one step's bytes (E1) over a "
    "peak in the wrong unit (E13).";

constexpr char kHeader[] =
    "label,mechanism,world_size,batch_size_per_rank,epoch_time_s,comm_time_s,"
    "bandwidth_gb_per_s,utilization_percent,link_peak_gb_per_s\n";

Finding FindingOf(const ReportedRow& row, const Quantity& right) {
  Finding finding;
  finding.severity = Severity::kError;
  finding.cells = {CellOf(row, "utilization_percent")};
  finding.what =
      absl::StrCat(RanksAndBatch(row), ": ", Short(*row.utilization_percent),
                   " % is not ", Short(*row.bandwidth_gb_per_s), " GB/s of ",
                   Short(*row.link_peak_gb_per_s), " GB/s");
  finding.corrected = absl::StrCat(Short(right), " %");
  finding.formula = "100 busbw / peak";
  return finding;
}

// Without bandwidth or peak, all that can be said is that 100 % is the most.
Finding TooMuch(const ReportedRow& row) {
  Finding finding;
  finding.severity = Severity::kError;
  finding.cells = {CellOf(row, "utilization_percent")};
  finding.what =
      absl::StrCat(RanksAndBatch(row), ": ", Short(*row.utilization_percent),
                   " % of a link cannot be used");
  finding.formula = "100 busbw / peak <= 100";
  return finding;
}

// A table may leave the bandwidth out: the row's own times give it.
void CheckWithoutBandwidth(const ReportedTable& table, const ReportedRow& row,
                           std::vector<Finding>& findings) {
  ReportedRow with = row;
  with.bandwidth_gb_per_s =
      0.01 * (*row.utilization_percent * *row.link_peak_gb_per_s);
  const BandwidthCheck check = CheckBandwidth(table, with);
  if (!check.can_check || check.is_right) return;
  with.bandwidth_gb_per_s = check.right;
  findings.push_back(
      FindingOf(with, 100 * (check.right / *row.link_peak_gb_per_s)));
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable& table, const ReportedRow& row) {
    if (!row.utilization_percent) return;
    if (row.bandwidth_gb_per_s && row.link_peak_gb_per_s) {
      const Quantity right =
          100 * (*row.bandwidth_gb_per_s / *row.link_peak_gb_per_s);
      if (!Agree(*row.utilization_percent, right, kSlack))
        findings.push_back(FindingOf(row, right));
    } else if (row.utilization_percent->low <= 100) {
      if (row.link_peak_gb_per_s) CheckWithoutBandwidth(table, row, findings);
    } else {
      findings.push_back(TooMuch(row));
    }
  });
  return findings;
}

}  // namespace

Rule Utilisation() {
  return {
      "E16",
      "utilisation that is not from its own numbers",
      kText,
      absl::StrCat(kHeader, "example,ddp,4,128,5.023,0.445,14.8,16.7,31.5\n"),
      absl::StrCat(kHeader, "example,ddp,4,128,5.023,0.445,14.8,47.0,31.5\n"),
      Find};
}

}  // namespace lockstep::analysis
