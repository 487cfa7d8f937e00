// What a launcher says about this process and its run.

#ifndef LOCKSTEP_TRAIN_LAUNCH_LAUNCH_INFO_H_
#define LOCKSTEP_TRAIN_LAUNCH_LAUNCH_INFO_H_

#include <string>
#include <vector>

namespace lockstep {

struct LaunchInfo {
  // flags, local, torchrun, openmpi, mvapich, hydra, slurm, pmi, pmix, single
  std::string launcher = "single";
  int rank = 0;
  int world_size = 1;
  int local_rank = 0;  // among the ranks of this host
  // Ranks on this host, which its cores are divided by: above local_rank, at
  // most world_size. It is world_size only where all ranks are here: rank 0
  // then listens on the loopback alone.
  int local_world_size = 1;
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

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_LAUNCH_INFO_H_
