// How a rank's process says its last words. No torch.

#ifndef LOCKSTEP_TRAIN_RANK_END_H_
#define LOCKSTEP_TRAIN_RANK_END_H_

#include "absl/status/status.h"
#include "train/launch/launch.h"

namespace lockstep {

// `status` with "rank R: " before its words, where there are several ranks. One
// without words stays so: another rank has said it.
absl::Status SpokenByRank(const LaunchInfo& launch, const absl::Status& status);

// Prints the error line and ends the process with its code, without
// destructors: they would wait for collectives that will never end.
[[noreturn]] void ExitAtOnce(const absl::Status& status);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_RANK_END_H_
