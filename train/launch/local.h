// --nproc: this program starts N copies of itself as local ranks. No torch.

#ifndef LOCKSTEP_TRAIN_LAUNCH_LOCAL_H_
#define LOCKSTEP_TRAIN_LAUNCH_LOCAL_H_

#include "absl/status/statusor.h"

namespace lockstep {

// Runs `nproc` ranks of this program with the arguments `argv`
// (null-terminated) and the variables of launch.h, and waits for them. Returns
// the exit code: 0 if all ranks ended well, kExitPreempted if they stopped
// after a checkpoint, else that of the rank that failed first of its own (a
// rank that only lost its peer exits with kExitPeerFailed). A rank's failure
// ends the others: they get 4 s to notice, then SIGKILL. SIGTERM and SIGUSR1
// are passed on to all ranks. Ranks die with this process, however it ends.
//
// After a failure that is not bad input all ranks are started again, at most
// `max_restarts` times, with a restart count that makes them resume.
absl::StatusOr<int> RunLocalRanks(int nproc, int max_restarts, char** argv);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_LOCAL_H_
