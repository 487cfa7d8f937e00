// --nproc: this process starts N forks of itself as local ranks. No torch.

#ifndef LOCKSTEP_TRAIN_LAUNCH_LOCAL_H_
#define LOCKSTEP_TRAIN_LAUNCH_LOCAL_H_

#include <functional>

#include "absl/status/statusor.h"

namespace lockstep {

// Runs `be_rank` in `nproc` forks of this process, which must have one thread,
// with the variables of launch.h, and waits for them. What it returns is the
// fork's exit code; it may start another program in its place. Returns
// the exit code: 0 if all ranks ended well, kExitPreempted if they stopped
// after a checkpoint, else that of the rank that failed first of its own (a
// rank that only lost its peer exits with kExitPeerFailed). A rank's failure
// ends the others: they get 4 s to notice, then SIGKILL. SIGTERM and SIGUSR1
// are passed on to all ranks. Ranks die with this process, however it ends.
//
// After a failure that is not bad input all ranks are started again, at most
// `max_restarts` times, with a restart count that makes them resume.
absl::StatusOr<int> RunLocalRanks(int nproc, int max_restarts,
                                  const std::function<int()>& be_rank);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_LOCAL_H_
