#include "train/launch/mpi_launch.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "train/launch/launcher_process.h"

namespace lockstep {
namespace {

// The names of a launcher's four numbers.
struct MpiNames {
  const char *world_size, *rank, *local_world_size, *local_rank;
};

void ReadRanks(EnvironmentReader& read, const MpiNames& names,
               LaunchInfo& info) {
  info.world_size = read.Number(names.world_size, 1, EnvironmentReader::kMany);
  info.rank = read.Number(names.rank, 0, info.world_size - 1);
  info.local_world_size =
      read.Number(names.local_world_size, 1, info.world_size);
  info.local_rank = read.Number(names.local_rank, 0, info.local_world_size - 1);
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
                                   const MpiNames& names) {
  EnvironmentReader read(environment, product);
  LaunchInfo info;
  info.launcher = launcher;
  ReadRanks(read, names, info);
  read.MasterIfGiven(info);
  if (!read.status().ok()) return read.status();
  info.rendezvous = MpiRendezvous(environment, info, names.rank);
  return info;
}

}  // namespace

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

}  // namespace lockstep
