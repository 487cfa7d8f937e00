// One recorded step in parts: what the sums of an epoch hold, for a single
// step.

#ifndef LOCKSTEP_ANALYSIS_SAMPLED_STEP_H_
#define LOCKSTEP_ANALYSIS_SAMPLED_STEP_H_

#include <cstdint>
#include <map>

#include "analysis/step_parts.h"
#include "proto/run_record.pb.h"

namespace lockstep::analysis {

// What one rank's bucket times say, in seconds.
struct SampledRankStep {
  double busy = 0;       // union of the collectives' intervals
  double peer_wait = 0;  // sum over buckets of duration - minimum over ranks
};

// Bucket -> its minimum duration over ranks, in nanoseconds.
std::map<uint32_t, int64_t> ShortestDurations(const Step& step);

// One rank of the step that `shortest` is of.
SampledRankStep SampleRankStep(const std::map<uint32_t, int64_t>& shortest,
                               const RankStep& rank);

// Sum over buckets of the minimum durations, in seconds.
double TransferOf(const std::map<uint32_t, int64_t>& shortest);

// Medians over the ranks of `step`, which has at least one.
StepParts SampleStep(const Step& step);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_SAMPLED_STEP_H_
