// What one run measured, reduced from its epochs and steps. Seconds throughout.

#ifndef LOCKSTEP_ANALYSIS_MEASUREMENT_H_
#define LOCKSTEP_ANALYSIS_MEASUREMENT_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/step_parts.h"
#include "proto/run_record.pb.h"

namespace lockstep::analysis {

// The measured epochs of a run (measured_epochs.h). Step 0 of epoch 0 (set-up,
// one bucket for everything) never counts.
struct Measurement {
  uint64_t steps_per_epoch = 0;
  uint64_t images_per_epoch = 0;  // of all ranks
  double epoch_s = 0;          // median over epochs of the maximum over ranks
  std::vector<double> step_s;  // each step's maximum over ranks
  StepParts parts;             // exact: sums over all steps / steps
  std::vector<StepParts> sampled;  // the steps that were recorded one by one
};

// `records` of one run, header first. Errors say why nothing can be measured:
// no epoch can be measured, or one has no steps or no times of its ranks.
absl::StatusOr<Measurement> Measure(const std::vector<Record>& records);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_MEASUREMENT_H_
