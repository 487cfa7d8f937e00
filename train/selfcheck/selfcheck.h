// --selfcheck: can runs on these ranks be trusted?  Trains nothing, reads no
// data and writes no file.

#ifndef LOCKSTEP_TRAIN_SELFCHECK_SELFCHECK_H_
#define LOCKSTEP_TRAIN_SELFCHECK_SELFCHECK_H_

#include "absl/status/status.h"
#include "train/launch/launch.h"
#include "train/options.h"

namespace lockstep {

// Meets the other ranks and checks, in about a minute: that they are what they
// should be, that collectives are exact, that P ranks compute the gradients of
// one process and keep the same bits, what their link does, and their clocks.
// Rank 0 prints a line a check (check.h) and a closing one on standard output.
//
// Internal if a check failed, with words on rank 0 only; failures of the
// connection and of flags as RunRank(), also that it may end the process.
absl::Status RunSelfcheck(const TrainOptions& options,
                          const LaunchInfo& launch);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_SELFCHECK_SELFCHECK_H_
