#include "absl/strings/str_cat.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "A part that is longer than the whole: no rank can compute, or wait for "
    "communication, for longer than the epoch lasts. Usually times of two "
    "runs, "
    "two units (ms and s) or sums over ranks are in one row. (Both together "
    "may "
    "exceed the epoch: they overlap, see E3.)";

constexpr char kHeader[] =
    "label,mechanism,world_size,batch_size_per_rank,epoch_time_s,"
    "compute_time_s,comm_time_s\n";

// Parts may be of another run than the total: 3 %.
constexpr double kOtherRun = 0.03;

void CheckPart(const ReportedRow& row, const std::optional<Quantity>& part,
               const char* column, std::vector<Finding>& findings) {
  if (!part || part->low <= (1 + kOtherRun) * row.epoch_time_s->high) return;
  Finding finding;
  finding.severity = Severity::kError;
  finding.cells = {CellOf(row, column), CellOf(row, "epoch_time_s")};
  finding.what =
      absl::StrCat(RanksAndBatch(row), ": ", column, " is ", Short(*part),
                   " s of an epoch of ", Short(*row.epoch_time_s), " s");
  finding.corrected = absl::StrCat("at most ", Short(*row.epoch_time_s), " s");
  finding.formula = "part <= total";
  findings.push_back(finding);
}

void CheckGroup(const RunGroup& group, std::vector<Finding>& findings) {
  const StepParts& parts = group.runs[0].measurement.parts;
  const double sum = parts.data + parts.host_to_device + parts.Compute() +
                     parts.exposed + parts.optimizer;
  if (!HasParts(group) || sum <= (1 + kSlack) * parts.total) return;
  Finding finding;
  finding.severity = Severity::kError;
  finding.cells = {{absl::StrCat("#", group.number), "step"}};
  finding.what = absl::StrCat("#", group.number, ": the parts of a step are ",
                              Short(1e3 * sum), " ms, the step is ",
                              Short(1e3 * parts.total), " ms");
  finding.formula = "data + compute + exposed + optimiser <= step";
  findings.push_back(finding);
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable&, const ReportedRow& row) {
    if (!row.epoch_time_s) return;
    CheckPart(row, row.comm_time_s, "comm_time_s", findings);
    CheckPart(row, row.compute_time_s, "compute_time_s", findings);
  });
  for (const RunGroup& group : evidence.groups) CheckGroup(group, findings);
  return findings;
}

}  // namespace

Rule PartsOverTotal() {
  return {"E14",
          "a part longer than the whole",
          kText,
          absl::StrCat(kHeader, "example,ddp,4,128,5.023,4.600,445\n"),
          absl::StrCat(kHeader, "example,ddp,4,128,5.023,4.600,0.445\n"),
          Find};
}

}  // namespace lockstep::analysis
