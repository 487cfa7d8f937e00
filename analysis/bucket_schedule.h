// When the buckets of a step travel, and how much of that the backward pass
// hides. Seconds throughout.

#ifndef LOCKSTEP_ANALYSIS_BUCKET_SCHEDULE_H_
#define LOCKSTEP_ANALYSIS_BUCKET_SCHEDULE_H_

#include <vector>

namespace lockstep::analysis {

struct ScheduledBucket {
  double lead_s = 0;      // ready so long before the end of the backward pass
  double transfer_s = 0;  // of its all-reduce alone
};

// In launch order, one at a time: each starts when it is ready and the one
// before has ended. From the end of the backward pass to the end of the last;
// at least 0.
double ExposedOf(const std::vector<ScheduledBucket>& buckets);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_BUCKET_SCHEDULE_H_
