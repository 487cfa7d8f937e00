#include "analysis/sampled_step.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "report/statistics.h"

namespace lockstep::analysis {
namespace {

constexpr double kNanosecond = 1e-9;

int64_t Duration(const BucketTiming& bucket) {
  return bucket.end_ns() - bucket.start_ns();
}

// Length of the union of the rank's collectives, in nanoseconds.
int64_t BusyTime(const RankStep& rank) {
  std::vector<std::pair<int64_t, int64_t>> intervals;
  for (const BucketTiming& bucket : rank.buckets())
    intervals.emplace_back(bucket.start_ns(), bucket.end_ns());
  std::sort(intervals.begin(), intervals.end());
  int64_t busy = 0;
  int64_t covered = 0;  // the union's end so far
  for (const auto& [start, end] : intervals) {
    busy += std::max<int64_t>(0, end - std::max(start, covered));
    covered = std::max(covered, end);
  }
  return busy;
}

template <typename Field>
double MedianOverRanks(const Step& step, Field field) {
  std::vector<double> values;
  for (const RankStep& rank : step.ranks()) values.push_back(field(rank));
  return Median(std::move(values));
}

}  // namespace

std::map<uint32_t, int64_t> ShortestDurations(const Step& step) {
  std::map<uint32_t, int64_t> shortest;
  for (const RankStep& rank : step.ranks()) {
    for (const BucketTiming& bucket : rank.buckets()) {
      const auto [entry, first] =
          shortest.emplace(bucket.bucket(), Duration(bucket));
      if (!first) entry->second = std::min(entry->second, Duration(bucket));
    }
  }
  return shortest;
}

SampledRankStep SampleRankStep(const std::map<uint32_t, int64_t>& shortest,
                               const RankStep& rank) {
  int64_t wait = 0;
  for (const BucketTiming& bucket : rank.buckets())
    wait += Duration(bucket) - shortest.at(bucket.bucket());
  return {BusyTime(rank) * kNanosecond, wait * kNanosecond};
}

double TransferOf(const std::map<uint32_t, int64_t>& shortest) {
  int64_t transfer = 0;
  for (const auto& [bucket, duration] : shortest) transfer += duration;
  return transfer * kNanosecond;
}

StepParts SampleStep(const Step& step) {
  StepParts parts;
  const auto median = [&](double (RankStep::*field)() const) {
    return MedianOverRanks(step,
                           [&](const RankStep& r) { return (r.*field)(); });
  };
  parts.total = median(&RankStep::total_s);
  parts.data = median(&RankStep::data_s);
  parts.host_to_device = median(&RankStep::host_to_device_s);
  parts.forward = median(&RankStep::forward_s);
  parts.backward = median(&RankStep::backward_s);
  parts.exposed = median(&RankStep::exposed_comm_s);
  parts.optimizer = median(&RankStep::optimizer_s);
  const auto shortest = ShortestDurations(step);
  std::vector<double> busy, peer_wait;
  for (const RankStep& rank : step.ranks()) {
    const SampledRankStep sampled = SampleRankStep(shortest, rank);
    busy.push_back(sampled.busy);
    peer_wait.push_back(sampled.peer_wait);
  }
  parts.busy = Median(std::move(busy));
  parts.peer_wait = Median(std::move(peer_wait));
  parts.transfer = TransferOf(shortest);
  return parts;
}

}  // namespace lockstep::analysis
