#include "train/launch/launch.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "train/launch/hostlist.h"
#include "train/launch/launcher_process.h"

namespace lockstep {
namespace {

// Reads numbers of one launcher's set and remembers the first mistake.
class Reader {
 public:
  Reader(const Environment& environment, const char* launcher)
      : environment_(environment), launcher_(launcher) {}

  bool Has(const char* name) const { return environment_(name).has_value(); }

  std::string Text(const char* name) {
    const std::optional<std::string> value = environment_(name);
    if (!value) {
      Fail(absl::StrCat(launcher_, " set only a part of its variables: ", name,
                        " is missing"));
      return "";
    }
    return *value;
  }

  std::string TextOr(const char* name, const char* otherwise) const {
    return environment_(name).value_or(otherwise);
  }

  // A number in [low, high].
  int Number(const char* name, int low, int high) {
    const std::string text = Text(name);
    int number = 0;
    if (status_.ok() &&
        (!absl::SimpleAtoi(text, &number) || number < low || number > high))
      Fail(absl::StrCat(name, "=", text, " is not a number from ", low, " to ",
                        high));
    return number;
  }

  // A number that may be absent.
  int NumberOr(const char* name, int otherwise) {
    return Has(name) ? Number(name, 0, kMany) : otherwise;
  }

  // What `expand` makes of a packed list.
  template <typename Expand>
  auto List(const char* name, Expand expand) ->
      typename decltype(expand(""))::value_type {
    const std::string text = Text(name);
    if (!status_.ok()) return {};
    auto list = expand(text);
    if (list.ok()) return *std::move(list);
    Fail(absl::StrCat(name, ": ", list.status().message()));
    return {};
  }

  void Fail(const std::string& message) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(message);
  }
  const absl::Status& status() const { return status_; }

  static constexpr int kMany = 1 << 24;

 private:
  const Environment& environment_;
  const char* const launcher_;
  absl::Status status_;
};

absl::StatusOr<LaunchInfo> Checked(const Reader& read, LaunchInfo info) {
  if (!read.status().ok()) return read.status();
  return info;
}

// The names of a launcher's four numbers.
struct RankNames {
  const char *world_size, *rank, *local_world_size, *local_rank;
};

void ReadRanks(Reader& read, const RankNames& names, LaunchInfo& info) {
  info.world_size = read.Number(names.world_size, 1, Reader::kMany);
  info.rank = read.Number(names.rank, 0, info.world_size - 1);
  info.local_world_size =
      read.Number(names.local_world_size, 1, info.world_size);
  info.local_rank = read.Number(names.local_rank, 0, info.local_world_size - 1);
}

void ReadMaster(Reader& read, LaunchInfo& info) {
  info.master_address = read.Text("MASTER_ADDR");
  info.master_port = read.Number("MASTER_PORT", 1, 65535);
}

// A meeting place that users export themselves beside Slurm's or MPI's ranks.
void ReadMasterIfGiven(Reader& read, LaunchInfo& info) {
  if (read.Has("MASTER_ADDR") || read.Has("MASTER_PORT"))
    ReadMaster(read, info);
}

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
  Reader read(environment, "--nproc");
  LaunchInfo info;
  info.launcher = "local";
  info.world_size = read.Number(kLocalWorldSize, 1, Reader::kMany);
  info.rank = read.Number(kLocalRank, 0, info.world_size - 1);
  info.local_rank = info.rank;
  info.local_world_size = info.world_size;
  info.rendezvous = read.Text(kLocalRendezvous);
  info.restart_count = read.NumberOr(kLocalRestartCount, 0);
  return Checked(read, info);
}

// https://docs.pytorch.org/docs/stable/elastic/run.html, "Environment
// Variables".
absl::StatusOr<LaunchInfo> FromTorchrun(const Environment& environment) {
  Reader read(environment, "torchrun");
  LaunchInfo info;
  info.launcher = "torchrun";
  info.world_size = read.Number("WORLD_SIZE", 1, Reader::kMany);
  info.rank = read.Number("RANK", 0, info.world_size - 1);
  info.local_rank = read.Number("LOCAL_RANK", 0, info.world_size - 1);
  info.local_world_size = read.NumberOr("LOCAL_WORLD_SIZE", 1);
  ReadMaster(read, info);
  info.run_id = read.TextOr("TORCHELASTIC_RUN_ID", "");
  info.restart_count = read.NumberOr("TORCHELASTIC_RESTART_COUNT", 0);
  info.agent_serves_store =
      environment("TORCHELASTIC_USE_AGENT_STORE") == "True";
  return Checked(read, info);
}

// The host lists are for messages and for the reserved ports; where they do not
// describe this world (other versions of Slurm, heterogeneous steps) there are
// none.
void ReadSlurmHosts(Reader& read, std::vector<int> tasks, LaunchInfo& info) {
  if (!read.Has("SLURM_STEP_NODELIST")) return;
  auto hosts = read.List("SLURM_STEP_NODELIST", ExpandHostList);
  const int64_t sum = std::accumulate(tasks.begin(), tasks.end(), int64_t{0});
  if (hosts.size() != tasks.size() || sum != info.world_size) return;
  info.hosts = std::move(hosts);
  info.tasks_on_host = std::move(tasks);
}

int FirstReservedPort(Reader& read) {
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
  Reader read(environment, "Slurm");
  LaunchInfo info;
  info.launcher = "slurm";
  info.job_id = read.Text("SLURM_JOB_ID");
  info.step_id = read.Text("SLURM_STEP_ID");
  info.world_size = read.Number("SLURM_STEP_NUM_TASKS", 1, Reader::kMany);
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
  ReadMasterIfGiven(read, info);
  if (!read.status().ok()) return read.status();
  if (node >= static_cast<int>(tasks.size()) || tasks[node] <= info.local_rank)
    return absl::InvalidArgumentError(absl::StrCat(
        "SLURM_STEP_TASKS_PER_NODE=", read.Text("SLURM_STEP_TASKS_PER_NODE"),
        " has no entry for SLURM_NODEID=", node,
        " with SLURM_LOCALID=", info.local_rank));
  info.local_world_size = tasks[node];
  ReadSlurmHosts(read, std::move(tasks), info);
  info.rendezvous = absl::StrCat(info.job_id, ".", info.step_id, ".",
                                 info.restart_count, ".rendezvous");
  return Checked(read, info);
}

// A short name for `text` that all hosts compute alike (FNV-1a, 64 bits).
std::string HashName(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char c : text) hash = (hash ^ c) * 0x100000001b3;
  return absl::StrCat(absl::Hex(hash, absl::kZeroPad16));
}

// The file's name from what all ranks of an MPI run have and no other run has.
// Variables that only some of the hosts get must not take part.
std::string MpiRendezvous(const Environment& environment,
                          const LaunchInfo& info, const char* rank_variable) {
  std::string key;
  if (info.launcher == "openmpi") {
    // Address and port of mpirun; from version 5 on, its host and process.
    key = environment("OMPI_MCA_orte_hnp_uri")
              .value_or(environment("PMIX_NAMESPACE").value_or(""));
  } else if (const auto name = environment("PMIX_NAMESPACE")) {
    key = *name;
  } else if (const auto job = environment("PMI_JOBID")) {
    key = *job;
  } else if (environment("SLURM_JOB_ID") && environment("SLURM_STEP_ID")) {
    // Hydra's proxies are one step.
    key = absl::StrCat(*environment("SLURM_JOB_ID"), ".",
                       *environment("SLURM_STEP_ID"));
  } else if (info.single_host()) {
    key = LauncherProcess(rank_variable);
  }
  if (key.empty()) return "";
  return absl::StrCat(
      info.launcher, ".",
      HashName(absl::StrCat(key, "/",
                            environment("SLURM_RESTART_COUNT").value_or(""))),
      ".rendezvous");
}

absl::StatusOr<LaunchInfo> FromMpi(const Environment& environment,
                                   const char* launcher, const char* product,
                                   const RankNames& names) {
  Reader read(environment, product);
  LaunchInfo info;
  info.launcher = launcher;
  ReadRanks(read, names, info);
  ReadMasterIfGiven(read, info);
  if (!read.status().ok()) return read.status();
  info.rendezvous = MpiRendezvous(environment, info, names.rank);
  return info;
}

absl::StatusOr<LaunchInfo> FromOpenMpi(const Environment& environment) {
  return FromMpi(environment, "openmpi", "Open MPI",
                 {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK",
                  "OMPI_COMM_WORLD_LOCAL_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"});
}

absl::StatusOr<LaunchInfo> FromMvapich(const Environment& environment) {
  return FromMpi(environment, "mvapich", "MVAPICH",
                 {"MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK",
                  "MV2_COMM_WORLD_LOCAL_SIZE", "MV2_COMM_WORLD_LOCAL_RANK"});
}

// MPICH's and Intel MPI's mpiexec.
absl::StatusOr<LaunchInfo> FromHydra(const Environment& environment) {
  return FromMpi(
      environment, "hydra", "Hydra (mpiexec)",
      {"PMI_SIZE", "PMI_RANK", "MPI_LOCALNRANKS", "MPI_LOCALRANKID"});
}

absl::StatusOr<LaunchInfo> FromPmi(const Environment& environment) {
  return FromMpi(environment, "pmi", "PMI",
                 {"PMI_SIZE", "PMI_RANK", "PMI_LOCAL_SIZE", "PMI_LOCAL_RANK"});
}

absl::StatusOr<LaunchInfo> FromPmix(const Environment& environment) {
  return FromMpi(
      environment, "pmix", "PMIx",
      {"PMIX_SIZE", "PMIX_RANK", "PMIX_LOCAL_SIZE", "PMIX_LOCAL_RANK"});
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

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

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
