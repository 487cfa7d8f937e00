#include "analysis/skew_table.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"

namespace lockstep::analysis {
namespace {

constexpr double kMicroseconds = 1e6;  // a second

// One bucket over the repeats.
struct Bucket {
  uint64_t bytes = 0;
  std::vector<double> skews_s;  // the median of each repeat
  double largest_s = 0;
  size_t steps = 0;
  double error_s = 0;
};

// What a difference between two ranks of the run may be wrong by. Clocks that
// contradict themselves are off by at least that much.
double ClockError(const Run& run) {
  double error_s = run.clocks.pair_error_s;
  for (const BucketTimes& bucket : run.buckets)
    error_s = std::max(error_s, bucket.contradiction_s);
  return error_s;
}

void Add(const BucketTimes& from, double error_s, Bucket& to) {
  if (from.start_skew_s.empty()) return;
  to.bytes = from.bytes;
  to.skews_s.push_back(Median(from.start_skew_s));
  to.largest_s = std::max(
      to.largest_s,
      *std::max_element(from.start_skew_s.begin(), from.start_skew_s.end()));
  to.steps += from.start_skew_s.size();
  to.error_s = std::max(to.error_s, error_s);
}

std::map<uint32_t, Bucket> BucketsOf(const RunGroup& group) {
  std::map<uint32_t, Bucket> buckets;
  for (const Run& run : group.runs)
    for (const BucketTimes& times : run.buckets)
      Add(times, ClockError(run), buckets[times.bucket]);
  return buckets;
}

// What the clocks leave open is the interval.
Cell Skew(double skew_s, double error_s) {
  const double high = skew_s + error_s;
  const bool is_resolved = skew_s > error_s;
  Cell cell = Number((is_resolved ? skew_s : high) * kMicroseconds);
  cell.number = skew_s * kMicroseconds;
  if (error_s == 0) return cell;
  cell.interval = Interval{is_resolved ? (skew_s - error_s) * kMicroseconds : 0,
                           high * kMicroseconds};
  return cell;
}

std::vector<Cell> SkewRow(const RunGroup& group, uint32_t number,
                          const Bucket& bucket) {
  return {Count(group.number),
          Count(group.configuration.world_size),
          Count(group.configuration.batch_size_per_rank),
          Count(number),
          bucket.bytes > 0 ? Number(bucket.bytes / 1e6) : Missing(),
          Count(bucket.steps),
          Skew(Median(bucket.skews_s), bucket.error_s),
          Skew(bucket.largest_s, bucket.error_s),
          Number(bucket.error_s * kMicroseconds)};
}

// The first repeat that has no skew says why.
void AddNote(const RunGroup& group, Table& table) {
  for (const Run& run : group.runs) {
    if (run.clocks.problem.empty() || run.buckets.empty()) continue;
    table.notes.push_back(absl::StrCat(
        "#", group.number, " has no start skew: ", run.clocks.problem));
    return;
  }
}

}  // namespace

Table SkewTable(const std::vector<RunGroup>& groups) {
  Table table;
  table.name = "start_skew";
  table.title = "Start skew";
  table.caption =
      "Maximum - minimum over ranks of the moment when a bucket's all-reduce "
      "starts, on rank 0's clock, over recorded steps; brackets and <= are "
      "what the error of the clocks leaves open, not a spread.";
  table.columns = {{"#", ""},
                   {"P", ""},
                   {"batch/rank", ""},
                   {"bucket", ""},
                   {"bytes", "MB"},
                   {"recorded steps", ""},
                   {"start skew", "us", true},
                   {"largest", "us", true},
                   {"clock error", "us"}};
  for (const RunGroup& group : groups) {
    for (const auto& [number, bucket] : BucketsOf(group))
      if (!bucket.skews_s.empty())
        table.rows.push_back(SkewRow(group, number, bucket));
    AddNote(group, table);
  }
  return table;
}

}  // namespace lockstep::analysis
