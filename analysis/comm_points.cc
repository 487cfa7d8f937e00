#include "analysis/comm_points.h"

#include <cmath>

namespace lockstep::analysis {
namespace {

constexpr double kMicrosecond = 1e-6;

// A record may hold anything.
void AddPoint(const RunGroup& group, double bytes, double seconds,
              std::vector<AllReduceTime>& points) {
  if (group.configuration.world_size < 2 || bytes < kSmallestModelBytes ||
      !std::isfinite(seconds) || seconds <= 0)
    return;
  points.push_back({group.configuration.world_size, bytes, seconds});
}

}  // namespace

std::vector<AllReduceTime> TrainingPoints(const RunGroup& group) {
  std::vector<AllReduceTime> points;
  for (const Run& run : group.runs)
    for (const BucketTimes& bucket : run.buckets)
      AddPoint(group, bucket.bytes, Median(bucket.transfer_s), points);
  return points;
}

std::vector<AllReduceTime> BaselinePoints(const RunGroup& group) {
  std::vector<AllReduceTime> points;
  for (const Run& run : group.runs) {
    for (const CommBaseline::Row& row : run.baseline.rows()) {
      for (const double us : row.time_us())
        AddPoint(group, row.bytes(), us * kMicrosecond, points);
      if (row.time_us().empty())
        AddPoint(group, row.bytes(), row.time_median_us() * kMicrosecond,
                 points);
    }
  }
  return points;
}

}  // namespace lockstep::analysis
