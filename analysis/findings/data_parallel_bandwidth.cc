#include "absl/strings/str_cat.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "DataParallel judged by an all-reduce. torch.nn.DataParallel is one "
    "process: "
    "it scatters images, sends the parameters to every replica before each "
    "forward, gathers outputs and adds the gradients on the first GPU. The "
    "ring's 2 (P - 1) / P x N is not what it moves, so it has no bus bandwidth "
    "and no utilisation; slow-downs are normal for it. Record the mechanism, "
    "and "
    "compare with ddp.";

constexpr char kHeader[] =
    "label,mechanism,world_size,batch_size_per_rank,epoch_time_s,"
    "bandwidth_gb_per_s\n";

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable&, const ReportedRow& row) {
    if (row.mechanism != "data_parallel" ||
        (!row.bandwidth_gb_per_s && !row.utilization_percent))
      return;
    Finding finding;
    finding.severity = Severity::kError;
    if (row.bandwidth_gb_per_s)
      finding.cells.push_back(CellOf(row, "bandwidth_gb_per_s"));
    if (row.utilization_percent)
      finding.cells.push_back(CellOf(row, "utilization_percent"));
    finding.what = absl::StrCat(RanksAndBatch(row),
                                ": data_parallel does no all-reduce; the "
                                "ring's formula does not apply");
    finding.corrected = "no bandwidth";
    findings.push_back(finding);
  });
  return findings;
}

}  // namespace

Rule DataParallelBandwidth() {
  return {"E8",
          "DataParallel judged by an all-reduce",
          kText,
          absl::StrCat(kHeader, "example,data_parallel,4,512,30.1,170\n"),
          absl::StrCat(kHeader, "example,data_parallel,4,512,30.1,\n"),
          Find};
}

}  // namespace lockstep::analysis
