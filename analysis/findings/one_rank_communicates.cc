#include "absl/strings/str_cat.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "One rank has no communication: its all-reduce has nobody to talk to, 2 (P "
    "- 1) / P is 0, and so are its bus bandwidth and utilisation. A number "
    "there "
    "is something else, or of another row.";

constexpr char kHeader[] =
    "label,world_size,batch_size_per_rank,epoch_time_s,comm_time_s,"
    "bandwidth_gb_per_s\n";

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable&, const ReportedRow& row) {
    if (row.world_size != 1u) return;
    Finding finding;
    finding.severity = Severity::kError;
    const auto check = [&](const std::optional<Quantity>& value,
                           const char* column) {
      if (value && value->low > 0) finding.cells.push_back(CellOf(row, column));
    };
    check(row.comm_time_s, "comm_time_s");
    check(row.bandwidth_gb_per_s, "bandwidth_gb_per_s");
    check(row.utilization_percent, "utilization_percent");
    if (finding.cells.empty()) return;
    finding.what =
        absl::StrCat(RanksAndBatch(row), ": one rank communicates with nobody");
    finding.corrected = "none";
    finding.formula = "2 (P - 1) / P = 0";
    findings.push_back(finding);
  });
  return findings;
}

}  // namespace

Rule OneRankCommunicates() {
  return {"E25",
          "communication of one rank",
          kText,
          absl::StrCat(kHeader, "example,1,128,18.311,0.445,14.8\n"),
          absl::StrCat(kHeader, "example,1,128,18.311,,\n"),
          Find};
}

}  // namespace lockstep::analysis
