// What the recorded steps say about each bucket. Seconds throughout.

#ifndef LOCKSTEP_ANALYSIS_BUCKET_TIMES_H_
#define LOCKSTEP_ANALYSIS_BUCKET_TIMES_H_

#include <cstdint>
#include <vector>

#include "proto/run_record.pb.h"

namespace lockstep::analysis {

struct BucketTimes {
  uint32_t bucket = 0;             // its number in the plan
  uint64_t bytes = 0;              // 0: the plan does not have it
  std::vector<double> transfer_s;  // one a step: minimum over ranks
  // One a step: how long before the step's last gradient the bucket was ready,
  // mean over ranks. 0 for the last bucket.
  std::vector<double> lead_s;
  // One a step: maximum - minimum over ranks of the start, on rank 0's clock.
  // Empty if the clocks cannot be compared.
  std::vector<double> start_skew_s;
  // By how much the clocks contradict that no rank can have the sum before the
  // last one has begun; the largest over the steps, 0 if never.
  double contradiction_s = 0;
};

// By bucket, over the measured steps (analysis/measurement.h) of the last
// bucket plan. Empty for one rank. `records` of one run, header first.
std::vector<BucketTimes> TimesOfBuckets(const std::vector<Record>& records);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_BUCKET_TIMES_H_
