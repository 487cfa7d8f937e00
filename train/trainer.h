// One rank of a training run, from data to files.

#ifndef LOCKSTEP_TRAIN_TRAINER_H_
#define LOCKSTEP_TRAIN_TRAINER_H_

#include "absl/status/status.h"
#include "train/launch/launch.h"
#include "train/options.h"

namespace lockstep {

// Meets the other ranks, trains, evaluates, exports. Rank 0 prints the [MODEL],
// [TIME] and [EPOCH] lines on standard output and writes run.rec, log.csv and
// model.onnx.
//
// Unavailable: a peer was lost, with the first cause; DeadlineExceeded: not all
// ranks met; Cancelled: SIGTERM or SIGUSR1 came to some rank and a checkpoint
// was written; bad input as the parts say. What was written before a failure
// stays, the record ends with its cause. When collectives that will never end
// are still under way, prints the error itself and ends the process.
absl::Status RunRank(const TrainOptions& options, const LaunchInfo& launch);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_TRAINER_H_
