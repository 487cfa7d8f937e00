#include "absl/strings/str_cat.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "Overlap ignored. A step takes forward + (backward beside the buckets) + "
    "optimiser: communication that backward hides costs nothing, so "
    "computation "
    "and communication may add up to more than the step. Report the sum of the "
    "transfers, the exposed part and the overlap; a bandwidth from exposed "
    "time "
    "alone is too high and may exceed the link. Host timers around forward and "
    "backward time the launch unless they synchronise, and if they do they "
    "destroy the overlap.";

constexpr char kHeader[] =
    "label,mechanism,world_size,batch_size_per_rank,epoch_time_s,"
    "compute_time_s,comm_time_s\n";

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  ForEachRow(evidence, [&](const ReportedTable&, const ReportedRow& row) {
    if (!row.epoch_time_s || !row.compute_time_s || !row.comm_time_s) return;
    const Quantity sum = *row.compute_time_s + *row.comm_time_s;
    const double hidden = sum.low - row.epoch_time_s->high;
    if (hidden <= kSlack * row.epoch_time_s->value) return;
    if (row.comm_time_s->low > row.epoch_time_s->high ||
        row.compute_time_s->low > row.epoch_time_s->high)
      return;  // E14
    Finding finding;
    finding.severity = Severity::kNote;
    finding.cells = {CellOf(row, "comm_time_s"), CellOf(row, "compute_time_s")};
    finding.what =
        absl::StrCat(RanksAndBatch(row), ": computation and communication are ",
                     Short(sum), " s of an epoch of ", Short(*row.epoch_time_s),
                     " s: at least the rest was hidden, and the two are no "
                     "parts of a whole");
    finding.corrected =
        absl::StrCat("overlapped at least ", Short(hidden), " s");
    finding.formula = "compute + communication - total";
    findings.push_back(finding);
  });
  return findings;
}

}  // namespace

Rule OverlapIgnored() {
  return {"E3",
          "overlap ignored",
          kText,
          absl::StrCat(kHeader, "example,ddp,4,128,5.023,4.600,0.900\n"),
          absl::StrCat(kHeader, "example,ddp,4,128,5.023,4.600,0.400\n"),
          Find};
}

}  // namespace lockstep::analysis
