// --nproc: this program starts N copies of itself as local ranks. No torch.

#ifndef LOCKSTEP_TRAIN_LAUNCH_LOCAL_H_
#define LOCKSTEP_TRAIN_LAUNCH_LOCAL_H_

#include "absl/status/statusor.h"

namespace lockstep {

// Runs `nproc` ranks of this program with the arguments `argv`
// (null-terminated) and the variables of launch.h, and waits for them. Returns
// the exit code: 0 if all ranks ended well, else that of the rank that failed
// first of its own (a rank that only lost its peer exits with kExitPeerFailed).
// A rank's failure ends the others: they get 10 s to notice, then SIGTERM, 2 s
// later SIGKILL. Ranks die with this process, however it ends.
absl::StatusOr<int> RunLocalRanks(int nproc, char** argv);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_LOCAL_H_
