#include "analysis/bucket_times.h"

#include <algorithm>
#include <map>

#include "analysis/clocks.h"
#include "analysis/measured_epochs.h"
#include "analysis/sampled_step.h"

namespace lockstep::analysis {
namespace {

constexpr double kNanosecond = 1e-9;

const BucketPlan* LastPlan(const std::vector<Record>& records) {
  const BucketPlan* last = nullptr;
  for (const Record& record : records)
    if (record.has_bucket_plan()) last = &record.bucket_plan();
  return last;
}

bool Counts(const Step& step, const std::set<uint32_t>& epochs,
            const BucketPlan* plan) {
  return IsMeasured(step, epochs) &&
         (plan == nullptr || step.global_step() >= plan->first_step());
}

// When one collective began and ended over the ranks, on rank 0's clock.
struct Span {
  int64_t first_start = INT64_MAX, last_start = INT64_MIN;
  int64_t first_end = INT64_MAX;
  int ranks = 0;
};

// Wraps around, as clocks.h does.
int64_t Sum(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) +
                              static_cast<uint64_t>(b));
}

std::map<uint32_t, Span> SpansOf(const Step& step, const Clocks& clocks) {
  std::map<uint32_t, Span> spans;
  for (const RankStep& rank : step.ranks()) {
    if (rank.rank() >= clocks.offsets_ns.size()) return {};
    const int64_t begin = Aligned(clocks, rank.rank(), rank.begin_ns());
    for (const BucketTiming& bucket : rank.buckets()) {
      Span& span = spans[bucket.bucket()];
      const int64_t start = Sum(begin, bucket.start_ns());
      span.first_start = std::min(span.first_start, start);
      span.last_start = std::max(span.last_start, start);
      span.first_end = std::min(span.first_end, Sum(begin, bucket.end_ns()));
      ++span.ranks;
    }
  }
  return spans;
}

// a - b in seconds, without overflow.
double SecondsBetween(int64_t a, int64_t b) {
  if (a < b) return -SecondsBetween(b, a);
  return (static_cast<uint64_t>(a) - static_cast<uint64_t>(b)) * kNanosecond;
}

void AddLeads(const Step& step, std::map<uint32_t, BucketTimes>& times) {
  std::map<uint32_t, double> sums;
  for (const RankStep& rank : step.ranks()) {
    int64_t last = INT64_MIN;
    for (const BucketTiming& bucket : rank.buckets())
      last = std::max(last, bucket.ready_ns());
    for (const BucketTiming& bucket : rank.buckets())
      sums[bucket.bucket()] += SecondsBetween(last, bucket.ready_ns());
  }
  for (const auto& [bucket, sum] : sums)
    times[bucket].lead_s.push_back(sum / step.ranks_size());
}

void AddStep(const Step& step, const Clocks& clocks,
             std::map<uint32_t, BucketTimes>& times) {
  for (const auto& [bucket, shortest] : ShortestDurations(step))
    times[bucket].transfer_s.push_back(shortest * kNanosecond);
  AddLeads(step, times);
  for (const auto& [bucket, span] : SpansOf(step, clocks)) {
    if (span.ranks < 2) continue;
    BucketTimes& to = times[bucket];
    to.start_skew_s.push_back(
        SecondsBetween(span.last_start, span.first_start));
    to.contradiction_s = std::max(
        to.contradiction_s, SecondsBetween(span.last_start, span.first_end));
  }
}

}  // namespace

std::vector<BucketTimes> TimesOfBuckets(const std::vector<Record>& records) {
  const Header& header = records[0].header();
  if (header.world_size() < 2) return {};
  const Clocks clocks = ClocksOf(header);
  const BucketPlan* const plan = LastPlan(records);
  const std::set<uint32_t> epochs = MeasuredEpochs(records);
  std::map<uint32_t, BucketTimes> times;
  for (const Record& record : records)
    if (record.has_step() && Counts(record.step(), epochs, plan))
      AddStep(record.step(), clocks, times);
  std::vector<BucketTimes> buckets;
  for (auto& [number, bucket] : times) {
    bucket.bucket = number;
    if (plan != nullptr && number < static_cast<uint32_t>(plan->buckets_size()))
      bucket.bytes = plan->buckets(number).bytes();
    buckets.push_back(std::move(bucket));
  }
  return buckets;
}

}  // namespace lockstep::analysis
