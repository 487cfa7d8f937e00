#include <algorithm>
#include <map>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "analysis/findings/claims.h"
#include "analysis/findings/rules.h"

namespace lockstep::analysis {
namespace {

constexpr char kText[] =
    "Clock trouble. Times of one rank are differences on its own clock; only "
    "start skews and traces compare clocks. A rank whose sum was ready before "
    "the last rank had begun, or a total that is shorter than its epochs, "
    "shows "
    "that a clock was stepped, drifted, or that two clocks were mixed.";

constexpr char kHeader[] =
    "label,world_size,batch_size_per_rank,epoch,epoch_time_s,elapsed_s\n";

// A run's rows in the order of their epochs.
using Series = std::map<uint64_t, const ReportedRow*>;

void CheckSeries(const Series& series, std::vector<Finding>& findings) {
  const ReportedRow* before = nullptr;
  for (const auto& [epoch, row] : series) {
    const ReportedRow* const previous = std::exchange(before, row);
    if (previous == nullptr) continue;
    // What passed between two epochs that follow each other is at least one.
    const bool follows = *row->epoch == *previous->epoch + 1;
    const Quantity passed = *row->elapsed_s - *previous->elapsed_s;
    const double least = follows && row->epoch_time_s
                             ? row->epoch_time_s->low * (1 - kSlack)
                             : 0;
    if (passed.high >= least) continue;
    Finding finding;
    finding.severity = Severity::kError;
    finding.cells = {CellOf(*row, "elapsed_s")};
    finding.what = absl::StrCat(
        RanksAndBatch(*row), ", epoch ", *row->epoch, ": ", Short(passed),
        " s after the epoch before",
        least > 0
            ? absl::StrCat(", though it took ", Short(*row->epoch_time_s), " s")
            : "");
    finding.formula = "elapsed(e) - elapsed(e - 1) >= T(e)";
    findings.push_back(finding);
  }
}

// All epochs since training began take about as long as this one; the first may
// have been left out as warm-up.
void CheckTotal(const ReportedRow& row, std::vector<Finding>& findings) {
  constexpr double kSpread = 0.1;
  if (!row.epoch_time_s || !row.elapsed_s || !row.epoch) return;
  const uint64_t epochs = std::max<uint64_t>(*row.epoch, 2) - 1;
  const double epochs_s = epochs * row.epoch_time_s->low;
  if (row.elapsed_s->high >= (1 - kSpread) * epochs_s) return;
  Finding finding;
  finding.severity = Severity::kError;
  finding.cells = {CellOf(row, "elapsed_s")};
  finding.what = absl::StrCat(RanksAndBatch(row), ": ", *row.epoch,
                              " epochs of ", Short(*row.epoch_time_s),
                              " s have taken ", Short(*row.elapsed_s), " s");
  finding.corrected = absl::StrCat("at least ", Short(epochs_s), " s");
  finding.formula = "elapsed(e) >= (e - 1) x T";
  findings.push_back(finding);
}

void CheckTable(const ReportedTable& table, std::vector<Finding>& findings) {
  using Key = std::tuple<std::string, std::string, uint64_t, uint64_t>;
  std::map<Key, Series> runs;
  for (const ReportedRow& row : table.rows)
    if (row.elapsed_s && row.epoch && row.world_size)
      runs[{row.label, row.mechanism, *row.world_size,
            row.batch_size_per_rank.value_or(0)}]
          .emplace(*row.epoch, &row);
  for (const auto& [key, series] : runs) {
    CheckSeries(series, findings);
    CheckTotal(*series.rbegin()->second, findings);
  }
}

void CheckRun(const RunGroup& group, const Run& run,
              std::vector<Finding>& findings) {
  double contradiction_s = 0;
  for (const BucketTimes& bucket : run.buckets)
    contradiction_s = std::max(contradiction_s, bucket.contradiction_s);
  if (contradiction_s <= run.clocks.pair_error_s) return;
  Finding finding;
  finding.severity = Severity::kWarning;
  finding.cells = {{absl::StrCat("#", group.number), "start skew"},
                   {absl::StrCat("#", group.number), "clock error"}};
  finding.what = absl::StrCat(
      "#", group.number, ", ", run.id, ": a rank had a sum ",
      Short(1e6 * contradiction_s),
      " us before the last rank began; clocks were said to agree within ",
      Short(1e6 * run.clocks.pair_error_s), " us");
  finding.corrected = "durations hold, skews between ranks do not";
  findings.push_back(finding);
}

std::vector<Finding> Find(const Evidence& evidence) {
  std::vector<Finding> findings;
  for (const ReportedTable& table : evidence.reported)
    CheckTable(table, findings);
  for (const RunGroup& group : evidence.groups)
    for (const Run& run : group.runs) CheckRun(group, run, findings);
  return findings;
}

}  // namespace

Rule ClockTrouble() {
  return {"E20",
          "clock trouble",
          kText,
          absl::StrCat(kHeader, "example,1,128,2,18.3,18.3\n",
                       "example,1,128,3,18.3,30.1\n"),
          absl::StrCat(kHeader, "example,1,128,2,18.3,18.3\n",
                       "example,1,128,3,18.3,36.6\n"),
          Find};
}

}  // namespace lockstep::analysis
