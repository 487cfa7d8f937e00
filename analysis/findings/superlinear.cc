#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"
#include "analysis/speedup.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "Superlinear speedup. P ranks are more than P times as fast as one: not "
    "impossible, but always with a cause, and usually the cause is a slow "
    "baseline: one rank with the P-fold batch no longer fits a cache, spills, "
    "or has a slower algorithm than with a smaller batch. Name it, and give "
    "the "
    "speedup against the fastest run of one rank as well.";

// Beyond it single runs are superlinear; below, noise can do it.
constexpr double kNoise = 0.03;
constexpr double kNothing = 0.002;

constexpr char kHeader[] =
    "label,world_size,batch_size_per_rank,epoch_time_s,speedup\n";

std::string Cause(const RunGroup& baseline, const RunGroup* fastest,
                  double baseline_s, double fastest_s) {
  if (fastest == nullptr || fastest == &baseline || fastest_s >= baseline_s)
    return "its cause is not in the table: look at memory, caches and clocks "
           "of "
           "the baseline";
  return absl::StrFormat(
      "because one rank with batch %d is slow: its epoch takes %.4g s, with "
      "batch %d %.4g s",
      baseline.configuration.batch_size_per_rank, baseline_s,
      fastest->configuration.batch_size_per_rank, fastest_s);
}

// The run of one rank with the shortest epoch, of the same workload.
const RunGroup* FastestOneRank(const std::vector<RunGroup>& groups,
                               const RunGroup& like) {
  const RunGroup* fastest = nullptr;
  for (const RunGroup& group : groups)
    if (group.configuration.world_size == 1 &&
        group.configuration.workload == like.configuration.workload &&
        (fastest == nullptr || EpochTime(group, Spread::kSteps).value <
                                   EpochTime(*fastest, Spread::kSteps).value))
      fastest = &group;
  return fastest;
}

// The reported time of a run, whose id is its row's; exact for a measured one.
Quantity PrintedTime(const Evidence& evidence, const RunGroup& group) {
  Quantity time = Exact(EpochTime(group, Spread::kSteps).value);
  ForEachRow(evidence, [&](const ReportedTable&, const ReportedRow& row) {
    if (row.source == group.runs[0].id && row.epoch_time_s)
      time = *row.epoch_time_s;
  });
  return time;
}

// The least ratio that the digits of printed times allow.
double LeastRatio(const Evidence& evidence, const ScalingPoint& point) {
  const Quantity printed = PrintedTime(evidence, *point.baseline) /
                           PrintedTime(evidence, *point.group);
  return point.ratio.value * printed.low / printed.value;
}

void Check(const Evidence& evidence, const ScalingPoint& point,
           const char* kind, std::vector<Finding>& findings) {
  const std::vector<RunGroup>& groups = evidence.groups;
  const uint32_t ranks = point.group->configuration.world_size;
  if (point.ratio.value <= (1 + kNothing) * ranks) return;
  const auto interval = Interval95(point.ratio);
  const double low = interval ? interval->low : LeastRatio(evidence, point);
  if (low <= (1 + kNothing) * ranks) return;
  const RunGroup* const fastest = FastestOneRank(groups, *point.baseline);
  const auto epoch = [](const RunGroup& group) {
    return EpochTime(group, Spread::kSteps).value;
  };
  const double fastest_s = fastest == nullptr ? 0 : epoch(*fastest);
  Finding finding;
  const double beyond = interval ? kSlack : kNoise;
  finding.severity =
      low > (1 + beyond) * ranks ? Severity::kWarning : Severity::kNote;
  finding.cells = {{absl::StrCat("#", point.group->number), "speedup"}};
  finding.what = absl::StrFormat(
      "#%d (%s): %s speedup %.2f is superlinear, %s", point.group->number,
      RanksAndBatch(point.group->configuration), kind, point.ratio.value,
      Cause(*point.baseline, fastest, epoch(*point.baseline), fastest_s));
  if (fastest_s > 0 && fastest != point.baseline)
    finding.corrected =
        absl::StrFormat("%.2f against the fastest epoch of one rank",
                        fastest_s / epoch(*point.group));
  finding.formula = "S <= P";
  findings.push_back(finding);
}

// True if the row's own times, as printed, need not be superlinear.
bool MayBeRounded(const ReportedTable& table, const ReportedRow& row,
                  double ranks) {
  const std::vector<SpeedupForm> forms = SpeedupForms(table, row);
  return std::any_of(forms.begin(), forms.end(), [&](const SpeedupForm& form) {
    return Agree(*row.speedup, form.throughput, kSlack) &&
           form.throughput.low <= (1 + kNoise) * ranks;
  });
}

void CheckClaim(const ReportedTable& table, const ReportedRow& row,
                std::vector<Finding>& findings) {
  const double ranks =
      1.0 * *row.world_size / row.baseline_world_size.value_or(1);
  if (row.speedup->low <= (1 + kNoise) * ranks ||
      MayBeRounded(table, row, ranks))
    return;
  Finding finding;
  finding.severity = Severity::kWarning;
  finding.cells = {CellOf(row, "speedup")};
  finding.what = absl::StrCat(RanksAndBatch(row), ": a speedup of ",
                              Short(*row.speedup), " is superlinear");
  finding.corrected = "name the cause";
  finding.formula = "S <= P";
  findings.push_back(finding);
}

// An efficiency without a speedup or times to compare it with.
void CheckEfficiency(const ReportedRow& row, std::vector<Finding>& findings) {
  if (row.efficiency_percent->low <= 100 * (1 + kNoise)) return;
  Finding finding;
  finding.severity = Severity::kWarning;
  finding.cells = {CellOf(row, "efficiency_percent")};
  finding.what =
      absl::StrCat(RanksAndBatch(row), ": an efficiency of ",
                   Short(*row.efficiency_percent), " % is superlinear");
  finding.corrected = "name the cause";
  finding.formula = "S / P <= 1";
  findings.push_back(finding);
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  for (const auto& [scaling, kind] :
       {std::pair(Scaling::kStrong, "strong"),
        std::pair(Scaling::kThroughput, "throughput")})
    for (const ScalingPoint& point :
         CompareRuns(evidence.groups, scaling).points)
      Check(evidence, point, kind, findings);
  ForEachRow(evidence, [&](const ReportedTable& table, const ReportedRow& row) {
    if (row.speedup && row.world_size) CheckClaim(table, row, findings);
    if (row.efficiency_percent && !row.speedup) CheckEfficiency(row, findings);
  });
  return findings;
}

}  // namespace

Rule Superlinear() {
  return {
      "E15",
      "superlinear speedup",
      kText,
      absl::StrCat(kHeader, "example,1,128,18.311,\n",
                   "example,1,2048,20.714,\n", "example,4,512,5.000,4.14\n"),
      absl::StrCat(kHeader, "example,1,128,18.311,\n",
                   "example,1,2048,20.114,\n", "example,4,512,5.160,3.90\n"),
      Find};
}

}  // namespace lockstep::analysis
