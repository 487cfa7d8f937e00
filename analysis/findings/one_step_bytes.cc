#include "absl/strings/str_cat.h"
#include "analysis/findings/bandwidth_forms.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "One step's bytes over one epoch's time. The gradients travel once a step, "
    "so an epoch moves I x N bytes and not N: a bandwidth of N bytes over the "
    "communication time of an epoch is too small by the number of steps I. I "
    "depends on the batch, so the trend over batches is wrong as well. Right: "
    "busbw = I x 2 (P - 1) / P x N / T_comm(epoch).";

constexpr char kWrong[] =
    "label,mechanism,world_size,batch_size_per_rank,epoch_time_s,comm_time_s,"
    "bandwidth_gb_per_s\n"
    "example,ddp,4,128,5.023,0.445,.151\n";
constexpr char kRight[] =
    "label,mechanism,world_size,batch_size_per_rank,epoch_time_s,comm_time_s,"
    "bandwidth_gb_per_s\n"
    "example,ddp,4,128,5.023,0.445,14.8\n";

Finding FindingOf(const ReportedRow& row, const BandwidthCheck& check) {
  Finding finding;
  finding.severity = Severity::kError;
  finding.cells = {CellOf(row, "bandwidth_gb_per_s")};
  finding.what = absl::StrCat(
      RanksAndBatch(row), ": ", Short(*row.bandwidth_gb_per_s), " GB/s is ",
      check.forms[0].what, "; the epoch has ", *row.steps, " steps");
  finding.corrected = absl::StrCat(Short(check.right), " GB/s");
  finding.formula = "I x 2 (P - 1) / P x N / T_comm";
  return finding;
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable& table, const ReportedRow& row) {
    const BandwidthCheck check = CheckBandwidth(table, row);
    if (!check.forms.empty() && check.forms[0].is_one_step)
      findings.push_back(FindingOf(row, check));
  });
  return findings;
}

}  // namespace

Rule OneStepBytes() {
  return {"E1", "one step's bytes over an epoch's time", kText, kWrong, kRight,
          Find};
}

}  // namespace lockstep::analysis
