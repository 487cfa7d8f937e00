#include "train/launch/launch.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "train/launch/hostlist.h"
#include "train/launch/mpi_launch.h"

namespace lockstep {
namespace {

absl::StatusOr<LaunchInfo> FromFlags(const LaunchFlags& flags) {
  const auto missing = [](const char* what) {
    return absl::InvalidArgumentError(
        absl::StrCat(what,
                     " is missing: --rank, --world_size, --master_addr "
                     "and --master_port belong together"));
  };
  if (flags.world_size < 0) return missing("--world_size");
  if (flags.rank < 0) return missing("--rank");
  if (flags.world_size < 1 || flags.rank >= flags.world_size)
    return absl::InvalidArgumentError(
        absl::StrCat("--rank=", flags.rank,
                     " is not below --world_size=", flags.world_size));
  const bool alone = flags.world_size == 1;
  if (!alone && flags.master_address.empty()) return missing("--master_addr");
  if (!alone && flags.master_port == 0) return missing("--master_port");
  if (flags.master_port < 0 || flags.master_port > 65535)
    return absl::InvalidArgumentError(
        absl::StrCat("--master_port=", flags.master_port,
                     " is not a number from 1 to 65535"));
  LaunchInfo info;
  info.launcher = "flags";
  info.rank = flags.rank;
  info.world_size = flags.world_size;
  info.local_rank = std::max(flags.local_rank, 0);
  info.master_address = flags.master_address;
  info.master_port = flags.master_port;
  return info;
}

absl::StatusOr<LaunchInfo> FromLocal(const Environment& environment) {
  EnvironmentReader read(environment, "--nproc");
  LaunchInfo info;
  info.launcher = "local";
  info.world_size = read.Number(kLocalWorldSize, 1, EnvironmentReader::kMany);
  info.rank = read.Number(kLocalRank, 0, info.world_size - 1);
  info.local_rank = info.rank;
  info.local_world_size = info.world_size;
  info.rendezvous = read.Text(kLocalRendezvous);
  info.restart_count = read.NumberOr(kLocalRestartCount, 0);
  return read.Checked(std::move(info));
}

// https://docs.pytorch.org/docs/stable/elastic/run.html, "Environment
// Variables".
absl::StatusOr<LaunchInfo> FromTorchrun(const Environment& environment) {
  EnvironmentReader read(environment, "torchrun");
  LaunchInfo info;
  info.launcher = "torchrun";
  info.world_size = read.Number("WORLD_SIZE", 1, EnvironmentReader::kMany);
  info.rank = read.Number("RANK", 0, info.world_size - 1);
  info.local_rank = read.Number("LOCAL_RANK", 0, info.world_size - 1);
  if (info.local_rank > 0 || read.Has("LOCAL_WORLD_SIZE"))
    info.local_world_size =
        read.Number("LOCAL_WORLD_SIZE", info.local_rank + 1, info.world_size);
  read.Master(info);
  info.run_id = read.TextOr("TORCHELASTIC_RUN_ID", "");
  info.restart_count = read.NumberOr("TORCHELASTIC_RESTART_COUNT", 0);
  info.agent_serves_store =
      environment("TORCHELASTIC_USE_AGENT_STORE") == "True";
  return read.Checked(std::move(info));
}

// The host lists are for messages and for the reserved ports; where they do not
// describe this world (other versions of Slurm, heterogeneous steps) there are
// none.
void ReadSlurmHosts(EnvironmentReader& read, std::vector<int> tasks,
                    LaunchInfo& info) {
  if (!read.Has("SLURM_STEP_NODELIST")) return;
  auto hosts = read.List("SLURM_STEP_NODELIST", ExpandHostList);
  const int64_t sum = std::accumulate(tasks.begin(), tasks.end(), int64_t{0});
  if (hosts.size() != tasks.size() || sum != info.world_size) return;
  info.hosts = std::move(hosts);
  info.tasks_on_host = std::move(tasks);
}

int FirstReservedPort(EnvironmentReader& read) {
  if (!read.Has("SLURM_STEP_RESV_PORTS")) return 0;
  const auto ports =
      read.List("SLURM_STEP_RESV_PORTS", [](const std::string& text) {
        return ExpandHostList(absl::StrCat("[", text, "]"));
      });
  int port = 0;
  if (ports.empty() || !absl::SimpleAtoi(ports[0], &port) || port < 1 ||
      port > 65535)
    read.Fail("SLURM_STEP_RESV_PORTS holds no port");
  return port;
}

absl::StatusOr<LaunchInfo> FromSlurmStep(const Environment& environment) {
  EnvironmentReader read(environment, "Slurm");
  LaunchInfo info;
  info.launcher = "slurm";
  info.job_id = read.Text("SLURM_JOB_ID");
  info.step_id = read.Text("SLURM_STEP_ID");
  info.world_size =
      read.Number("SLURM_STEP_NUM_TASKS", 1, EnvironmentReader::kMany);
  // `srun a : b` is one world; Slurm 22.05 counts it whole in both variables.
  if (read.Has("SLURM_HET_SIZE"))
    info.world_size =
        std::max(info.world_size, read.NumberOr("SLURM_NTASKS", 0));
  info.rank = read.Number("SLURM_PROCID", 0, info.world_size - 1);
  info.local_rank = read.Number("SLURM_LOCALID", 0, info.world_size - 1);
  const int node = read.Number("SLURM_NODEID", 0, kMaxHosts);
  auto tasks = read.List("SLURM_STEP_TASKS_PER_NODE", ExpandTaskCounts);
  info.restart_count = read.NumberOr("SLURM_RESTART_COUNT", 0);
  info.cpus_on_node = read.NumberOr("SLURM_CPUS_ON_NODE", 0);
  info.host = read.TextOr("SLURMD_NODENAME", "");
  info.reserved_port = FirstReservedPort(read);
  read.MasterIfGiven(info);
  if (!read.status().ok()) return read.status();
  if (node >= static_cast<int>(tasks.size()) ||
      tasks[node] <= info.local_rank || tasks[node] > info.world_size)
    return absl::InvalidArgumentError(absl::StrCat(
        "SLURM_STEP_TASKS_PER_NODE=", read.Text("SLURM_STEP_TASKS_PER_NODE"),
        " has no entry for SLURM_NODEID=", node, " with SLURM_LOCALID=",
        info.local_rank, " of ", info.world_size, " tasks"));
  info.local_world_size = tasks[node];
  ReadSlurmHosts(read, std::move(tasks), info);
  info.rendezvous = absl::StrCat(info.job_id, ".", info.step_id, ".",
                                 info.restart_count, ".rendezvous");
  return read.Checked(std::move(info));
}

// Variables that only this launcher sets, and how to read its set.
struct LauncherRow {
  std::vector<const char*> marks;
  absl::StatusOr<LaunchInfo> (*read)(const Environment&);
};

const std::vector<LauncherRow>& Launchers() {
  static const auto* const rows = new std::vector<LauncherRow>{
      {{kLocalRank, kLocalWorldSize}, FromLocal},
      {{"RANK", "WORLD_SIZE", "LOCAL_RANK"}, FromTorchrun},
      {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}, FromOpenMpi},
      {{"MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"}, FromMvapich},
      {{"MPI_LOCALRANKID", "MPI_LOCALNRANKS"}, FromHydra},
      // A batch script has SLURM_PROCID=0 and SLURM_NTASKS=N too, but no step:
      // a trainer that trusted those would wait for ever.
      {{"SLURM_STEP_ID"}, FromSlurmStep},
      {{"PMI_RANK", "PMI_SIZE"}, FromPmi},
      {{"PMIX_RANK", "PMIX_SIZE"}, FromPmix},
  };
  return *rows;
}

LaunchInfo Single(const Environment& environment) {
  LaunchInfo info;
  int tasks = 0;
  if (environment("SLURM_JOB_ID") &&
      absl::SimpleAtoi(environment("SLURM_NTASKS").value_or(""), &tasks) &&
      tasks > 1)
    info.hint = absl::StrCat("one process of a Slurm job that has ", tasks,
                             " tasks; start ranks with srun");
  return info;
}

}  // namespace

absl::StatusOr<LaunchInfo> DetectLaunch(const Environment& environment,
                                        const LaunchFlags& flags) {
  if (flags.rank >= 0 || flags.world_size >= 0 || flags.local_rank >= 0 ||
      !flags.master_address.empty() || flags.master_port != 0)
    return FromFlags(flags);
  for (const LauncherRow& row : Launchers())
    for (const char* mark : row.marks)
      if (environment(mark)) return row.read(environment);
  return Single(environment);
}

}  // namespace lockstep
