// A rank's timings on their way to rank 0. No torch, no protobuf.

#ifndef LOCKSTEP_TRAIN_STEP_TIMING_CODEC_H_
#define LOCKSTEP_TRAIN_STEP_TIMING_CODEC_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "train/step_timing.h"

namespace lockstep {

// Timings as bytes for an all-gather between ranks of one build, and back.
// Internal: the bytes are not such timings.
std::string EncodeTimings(const std::vector<StepTiming>& steps);
absl::StatusOr<std::vector<StepTiming>> DecodeTimings(const std::string& bytes);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_STEP_TIMING_CODEC_H_
