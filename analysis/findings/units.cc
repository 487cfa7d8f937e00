#include "absl/strings/str_cat.h"
#include "analysis/findings/bandwidth_forms.h"
#include "analysis/findings/rules.h"
#include "analysis/reported/reported_records.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "Units, denominators and formulas of a bandwidth. MB is not MiB (44.70 "
    "against 42.63 for the same gradients), bits are not bytes, GB = 1e9 bytes "
    "as nccl-tests has it, N is in the type that travels. busbw = I x 2 (P - "
    "1) "
    "/ P x N / T: the factor is 1 for 2 ranks and 1.5 for 4; without it the "
    "figure is algbw, which must not be divided by a link's peak. A bandwidth "
    "that follows from its own times by none of these formulas cannot be "
    "reproduced by anybody.";

constexpr char kWrong[] =
    "label,mechanism,world_size,batch_size_per_rank,epoch_time_s,comm_time_s,"
    "bandwidth_gb_per_s\n"
    "example,ddp,4,128,5.023,0.445,118.1\n";
constexpr char kRight[] =
    "label,mechanism,world_size,batch_size_per_rank,epoch_time_s,comm_time_s,"
    "bandwidth_gb_per_s\n"
    "example,ddp,4,128,5.023,0.445,14.8\n";

std::string WhatIs(const ReportedRow& row, const BandwidthCheck& check) {
  const std::string value = absl::StrCat(
      RanksAndBatch(row), ": ", Short(*row.bandwidth_gb_per_s), " GB/s ");
  if (!check.forms.empty())
    return absl::StrCat(value, "is ", check.forms[0].what);
  return absl::StrCat(value,
                      "cannot be had from the row's own communication time, ",
                      *row.steps, " steps and ", *row.gradient_bytes,
                      " bytes by any formula in use");
}

// The known bytes of the net in another unit: MiB for MB, elements for bytes.
void CheckBytes(const ReportedRow& row, std::vector<Finding>& findings) {
  constexpr double kMiB = 1.048576, kNear = 0.003;
  const std::optional<uint64_t> known = GradientBytesOf(row.model);
  if (!known || !row.gradient_bytes) return;
  const Quantity bytes = Exact(*row.gradient_bytes);
  for (const auto& [factor, what] :
       {std::pair(1 / kMiB, "MiB taken for MB"),
        std::pair(0.25, "parameters, of 4 bytes each"),
        std::pair(8.0, "bits")}) {
    if (!Agree(bytes, Exact(factor * *known), kNear)) continue;
    Finding finding;
    finding.severity = Severity::kWarning;
    finding.cells = {CellOf(row, "gradient_bytes")};
    finding.what = absl::StrCat(*row.gradient_bytes, " for the gradients of ",
                                row.model, " are ", what);
    finding.corrected = absl::StrCat(*known, " bytes");
    findings.push_back(finding);
  }
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable& table, const ReportedRow& row) {
    CheckBytes(row, findings);
    const BandwidthCheck check = CheckBandwidth(table, row);
    if (!check.can_check || check.is_right) return;
    if (!check.forms.empty() && check.forms[0].is_one_step) return;  // E1
    Finding finding;
    finding.severity = Severity::kError;
    finding.cells = {CellOf(row, "bandwidth_gb_per_s")};
    finding.what = WhatIs(row, check);
    finding.corrected = absl::StrCat(Short(check.right), " GB/s");
    finding.formula = "I x 2 (P - 1) / P x N / T_comm, GB = 1e9 bytes";
    findings.push_back(finding);
  });
  return findings;
}

}  // namespace

Rule Units() {
  return {"E7", "unit or formula of a bandwidth", kText, kWrong, kRight, Find};
}

}  // namespace lockstep::analysis
