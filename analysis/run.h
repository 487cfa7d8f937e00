// One training run as its record tells it.

#ifndef LOCKSTEP_ANALYSIS_RUN_H_
#define LOCKSTEP_ANALYSIS_RUN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/bucket_times.h"
#include "analysis/clocks.h"
#include "analysis/configuration.h"
#include "analysis/measurement.h"
#include "proto/run_record.pb.h"

namespace lockstep::analysis {

// What one epoch learned. Counts and sums are exact, over all ranks.
struct EpochResult {
  uint32_t epoch = 0;
  uint32_t batch_size_per_rank = 0;  // a schedule may change it
  uint64_t updates = 0;              // optimiser steps since training began
  uint64_t train_images = 0;
  uint64_t train_correct = 0;
  double train_loss_sum = 0;
  uint64_t test_images = 0;  // 0: not evaluated
  uint64_t test_correct = 0;
  double learning_rate = 0;
  double elapsed_s = 0;  // since training began, evaluation excluded
};

struct Run {
  std::string path;
  std::string id;
  std::string resumed_run_id;    // of the run that it goes on with; "" = none
  uint64_t resumed_at_step = 0;  // updates made before it
  Configuration configuration;
  std::vector<EpochResult> epochs;  // whole ones
  Clocks clocks;
  std::string versions;   // "lockstep 1a2b3c, torch 2.11.0"; "" = not recorded
  CommBaseline baseline;  // empty if it was not measured
  Measurement measurement;           // empty if left_out says something
  std::vector<BucketTimes> buckets;  // the same; of sampled steps
  std::optional<Step> typical_step;  // see representative_step.h
  bool completed = false;
  bool out_of_memory = false;  // of a rank or of its device: a result
  std::string left_out;        // why its times are in no table; "" if they are
};

// The run in the `records` of the file at `path`. InvalidArgument if they are
// not one run: no header first, a second header, no rank. A run that was killed
// or that measured nothing is not an error: see Run::left_out.
absl::StatusOr<Run> RunOfRecords(const std::vector<Record>& records,
                                 const std::string& path);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_RUN_H_
