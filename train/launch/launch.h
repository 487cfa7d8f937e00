// Who this process is in the run: rank, world size, and where the others are.
//
// Explicit flags count first; then the environment is read: our own launcher's
// variables (set by --nproc), torchrun's, mpirun's, a Slurm step's, those of
// PMI and PMIx; else a single process. A set is used whole or not at all: when
// some of its variables are there and others are missing, that is an error that
// names the missing one, because N independent single-process runs that
// overwrite each other are worse than no run. No torch.
//
// mpirun goes before Slurm: inside an allocation it starts its daemons as a
// step, and its ranks inherit the daemon's SLURM_PROCID, so several would have
// one rank. srun itself never sets mpirun's variables; it may set PMI's
// (--mpi=pmi2), so those come after Slurm's.

#ifndef LOCKSTEP_TRAIN_LAUNCH_LAUNCH_H_
#define LOCKSTEP_TRAIN_LAUNCH_LAUNCH_H_

#include <string>

#include "absl/status/statusor.h"
#include "train/launch/environment_reader.h"
#include "train/launch/launch_info.h"

namespace lockstep {

// What the user said on the command line; -1, "" and 0 = not given.
struct LaunchFlags {
  int rank = -1;
  int world_size = -1;
  int local_rank = -1;  // not given: one rank a host
  std::string master_address;
  int master_port = 0;
};

// InvalidArgument names a missing variable or flag, or one that is not a number
// in range.
absl::StatusOr<LaunchInfo> DetectLaunch(const Environment& environment,
                                        const LaunchFlags& flags = {});

// Variables that --nproc gives its ranks.
inline constexpr char kLocalRank[] = "LOCKSTEP_RANK";
inline constexpr char kLocalWorldSize[] = "LOCKSTEP_WORLD_SIZE";
inline constexpr char kLocalRendezvous[] = "LOCKSTEP_RENDEZVOUS";
inline constexpr char kLocalRestartCount[] = "LOCKSTEP_RESTART_COUNT";

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_LAUNCH_H_
