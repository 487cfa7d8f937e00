// Where a run's files go. No torch.

#ifndef LOCKSTEP_TRAIN_OUTPUT_DIR_H_
#define LOCKSTEP_TRAIN_OUTPUT_DIR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "train/options.h"

namespace lockstep {

// Whether the output of a run can be written, before any rank is started.
// AlreadyExists if --output_dir holds a record and the run does not go on.
// `resume`: the folder belongs to a run that was stopped.
absl::Status CheckOutputDirectory(const TrainOptions& options, bool resume);

// Makes and checks the output directory of a run, before any work. Returns its
// path: --output_dir, else lockstep_runs/MODEL-pP-bB-TIME where the user
// stands. Errors as above.
absl::StatusOr<std::string> PrepareOutputDirectory(const TrainOptions& options,
                                                   int world_size, bool resume);

// The record to write: run.rec, or for a run that goes on the first of
// run-2.rec, run-3.rec ... that is not there yet.
std::string NewRecordPath(const std::string& directory);

// The latest of those that are there; run.rec if none is.
std::string NewestRecordPath(const std::string& directory);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_OUTPUT_DIR_H_
