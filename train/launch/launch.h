// Who this process is in the run: rank, world size, and where the others are.
//
// Read from the environment, in this order: our own launcher's variables (set
// by
// --nproc), torchrun's, a Slurm step's; else a single process. A set is used
// whole or not at all: when some of its variables are there and others are
// missing, that is an error that names the missing one, because N independent
// single-process runs that overwrite each other are worse than no run. No
// torch.

#ifndef LOCKSTEP_TRAIN_LAUNCH_LAUNCH_H_
#define LOCKSTEP_TRAIN_LAUNCH_LAUNCH_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace lockstep {

struct LaunchInfo {
  std::string launcher = "single";  // local, torchrun, slurm, single
  int rank = 0;
  int world_size = 1;
  int local_rank = 0;        // among the ranks of this host
  int local_world_size = 1;  // ranks on this host
  // Where rank 0 listens, if somebody else decided it (torchrun); else "".
  std::string master_address;
  int master_port = 0;
  // True when torchrun's agent, not rank 0, serves the store there.
  bool agent_serves_store = false;
  // Where rank 0 publishes its address otherwise: a path (local) or, for slurm,
  // the file's name in --rendezvous_dir.
  std::string rendezvous;
  std::string job_id, step_id;  // slurm
  int restart_count = 0;
  int cpus_on_node = 0;  // that Slurm lets this node use; 0 = not known

  bool single_host() const { return local_world_size == world_size; }
};

// The value of an environment variable, or nothing.
using Environment =
    std::function<std::optional<std::string>(const std::string&)>;

// The process's own environment.
Environment ProcessEnvironment();

// InvalidArgument names a missing variable or one that is not a number in
// range.
absl::StatusOr<LaunchInfo> DetectLaunch(const Environment& environment);

// Variables that --nproc gives its ranks.
inline constexpr char kLocalRank[] = "LOCKSTEP_RANK";
inline constexpr char kLocalWorldSize[] = "LOCKSTEP_WORLD_SIZE";
inline constexpr char kLocalRendezvous[] = "LOCKSTEP_RENDEZVOUS";

// Entry `node` of Slurm's task counts a node, "2(x3),1": 2, 2, 2, 1.
absl::StatusOr<int> SlurmTasksOnNode(const std::string& counts, int node);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_LAUNCH_H_
