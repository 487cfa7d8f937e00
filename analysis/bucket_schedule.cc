#include "analysis/bucket_schedule.h"

#include <algorithm>
#include <limits>

namespace lockstep::analysis {

double ExposedOf(const std::vector<ScheduledBucket>& buckets) {
  // The backward pass ends at 0.
  double end = -std::numeric_limits<double>::infinity();
  for (const ScheduledBucket& bucket : buckets)
    end = std::max(-bucket.lead_s, end) + bucket.transfer_s;
  return std::max(0.0, end);
}

}  // namespace lockstep::analysis
