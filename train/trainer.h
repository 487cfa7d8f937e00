// One rank of a training run, from data to files.

#ifndef LOCKSTEP_TRAIN_TRAINER_H_
#define LOCKSTEP_TRAIN_TRAINER_H_

#include "absl/status/status.h"
#include "train/launch/launch.h"
#include "train/options.h"

namespace lockstep {

// CPU threads each rank of `launch` computes with: --threads, else
// OMP_NUM_THREADS, else this host's usable cores (affinity, Slurm's share)
// divided by its ranks.
int ThreadsPerRank(const TrainOptions& options, const LaunchInfo& launch);

// Whether the output of a run can be written, before any rank is started.
// AlreadyExists if --output_dir holds a record.
absl::Status CheckOutputDirectory(const TrainOptions& options);

// Makes and checks the output directory of a run, before any work. Returns its
// path: --output_dir, else lockstep_runs/MODEL-pP-bB-TIME where the user
// stands. AlreadyExists if it holds a record.
absl::StatusOr<std::string> PrepareOutputDirectory(const TrainOptions& options,
                                                   int world_size);

// Meets the other ranks, trains, evaluates, exports. Rank 0 prints the [MODEL],
// [TIME] and [EPOCH] lines on standard output and writes run.rec, log.csv and
// model.onnx. Unavailable: a peer was lost; DeadlineExceeded: not all ranks
// met; bad input as the parts say. What was written before a failure stays, the
// record ends with its cause.
absl::Status RunRank(const TrainOptions& options, const LaunchInfo& launch);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_TRAINER_H_
