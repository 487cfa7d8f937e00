// Times against numbers of ranks, and which kind of scaling they are.

#ifndef LOCKSTEP_ANALYSIS_LAWS_SCALING_SERIES_H_
#define LOCKSTEP_ANALYSIS_LAWS_SCALING_SERIES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace lockstep::analysis {

// What stays the same while ranks are added; analysis/speedup.h defines the
// ratios.
enum class Scaling { kStrong, kWeak, kThroughput };

// "strong", "weak", "throughput".
std::string ScalingName(Scaling scaling);

// One run: its time at P ranks. Repeats are points of their own, so that their
// spread is in the residuals.
struct ScalingTime {
  uint32_t world_size = 0;
  double seconds = 0;
};

// How many different numbers of ranks there are.
size_t WorldSizes(const std::vector<ScalingTime>& times);

// InvalidArgument, one line that starts with `law`, unless `times` are of one
// of the `kinds`, have at least `sizes` numbers of ranks, and are times.
absl::Status CheckApplies(const std::string& law,
                          const std::vector<Scaling>& kinds, size_t sizes,
                          Scaling scaling,
                          const std::vector<ScalingTime>& times);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_LAWS_SCALING_SERIES_H_
