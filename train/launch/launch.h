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

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace lockstep {

struct LaunchInfo {
  // flags, local, torchrun, openmpi, mvapich, hydra, slurm, pmi, pmix, single
  std::string launcher = "single";
  int rank = 0;
  int world_size = 1;
  int local_rank = 0;        // among the ranks of this host
  int local_world_size = 1;  // ranks on this host
  // Where rank 0 listens, if somebody else decided it (MASTER_ADDR and
  // MASTER_PORT, or flags); else "".
  std::string master_address;
  int master_port = 0;
  // True when torchrun's agent, not rank 0, serves the store there.
  bool agent_serves_store = false;
  // Where rank 0 publishes its address otherwise: an absolute path (local) or
  // the file's name in --rendezvous_dir, which no other run has. "" when the
  // launcher gave nothing to tell this run from others.
  std::string rendezvous;
  std::string run_id;           // torchrun's --rdzv_id
  std::string job_id, step_id;  // slurm
  int restart_count = 0;
  int cpus_on_node = 0;  // that Slurm lets this node use; 0 = not known
  std::string host;      // as the launcher calls it; "" = ask the system
  // The step's hosts and how many ranks each has, when Slurm says so; else
  // both are empty.
  std::vector<std::string> hosts;
  std::vector<int> tasks_on_host;
  int reserved_port = 0;  // first port that Slurm keeps for the step; 0 = none
  // A line for the user about a likely mistake; "" = none.
  std::string hint;

  bool single_host() const { return local_world_size == world_size; }
};

// The value of an environment variable, or nothing.
using Environment =
    std::function<std::optional<std::string>(const std::string&)>;

// The process's own environment.
Environment ProcessEnvironment();

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
