#include "train/launch/mpi_launch.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using Variables = std::map<std::string, std::string>;

Environment Of(const Variables& variables) {
  return [=](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

// One of the launchers: how it is read, and its four names.
struct Launcher {
  const char* name;
  absl::StatusOr<LaunchInfo> (*read)(const Environment&);
  const char *size, *rank, *local_size, *local_rank;
};

const Launcher kLaunchers[] = {
    {"openmpi", FromOpenMpi, "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK",
     "OMPI_COMM_WORLD_LOCAL_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"},
    {"mvapich", FromMvapich, "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK",
     "MV2_COMM_WORLD_LOCAL_SIZE", "MV2_COMM_WORLD_LOCAL_RANK"},
    {"hydra", FromHydra, "PMI_SIZE", "PMI_RANK", "MPI_LOCALNRANKS",
     "MPI_LOCALRANKID"},
    {"pmi", FromPmi, "PMI_SIZE", "PMI_RANK", "PMI_LOCAL_SIZE",
     "PMI_LOCAL_RANK"},
    {"pmix", FromPmix, "PMIX_SIZE", "PMIX_RANK", "PMIX_LOCAL_SIZE",
     "PMIX_LOCAL_RANK"}};

// Rank 3 of 4 on two hosts.
Variables Rank3(const Launcher& launcher) {
  return {{launcher.size, "4"},
          {launcher.rank, "3"},
          {launcher.local_size, "2"},
          {launcher.local_rank, "1"}};
}

Variables With(Variables variables, const char* name, const char* value) {
  variables[name] = value;
  return variables;
}

TEST(MpiLaunch, FourNumbersOfEachLauncher) {
  for (const Launcher& launcher : kLaunchers) {
    const auto info = launcher.read(Of(Rank3(launcher)));
    ASSERT_TRUE(info.ok()) << info.status();
    EXPECT_EQ(info->launcher, launcher.name);
    EXPECT_EQ(info->world_size, 4);
    EXPECT_EQ(info->rank, 3);
    EXPECT_EQ(info->local_world_size, 2);
    EXPECT_EQ(info->local_rank, 1);
    EXPECT_EQ(info->rendezvous, "");  // nothing names the run
  }
}

TEST(MpiLaunch, WhatIsMissingOrOutOfRangeIsNamed) {
  for (const Launcher& launcher : kLaunchers)
    for (const char* name : {launcher.size, launcher.rank, launcher.local_size,
                             launcher.local_rank}) {
      Variables without = Rank3(launcher);
      without.erase(name);
      EXPECT_THAT(launcher.read(Of(without)).status().message(),
                  HasSubstr(std::string(name) + " is missing"));
      const auto bad = launcher.read(Of(With(Rank3(launcher), name, "-1")));
      EXPECT_TRUE(absl::IsInvalidArgument(bad.status()));
      EXPECT_THAT(bad.status().message(), HasSubstr(std::string(name) + "=-1"));
    }
}

TEST(MpiLaunch, AnExportedMasterIsHonoured) {
  for (const Launcher& launcher : kLaunchers) {
    const Variables address = With(Rank3(launcher), "MASTER_ADDR", "n0");
    const auto info = launcher.read(Of(With(address, "MASTER_PORT", "29501")));
    ASSERT_TRUE(info.ok()) << info.status();
    EXPECT_EQ(info->master_address, "n0");
    EXPECT_EQ(info->master_port, 29501);
    EXPECT_THAT(launcher.read(Of(address)).status().message(),
                HasSubstr("MASTER_PORT is missing"));
  }
}

// What names a run, and what it must not depend on.
TEST(MpiLaunch, RunsHaveNamesOfTheirOwn) {
  struct Case {
    int launcher;
    const char* variable;
  };
  for (const Case& c : {Case{0, "OMPI_MCA_orte_hnp_uri"},
                        Case{0, "PMIX_NAMESPACE"}, Case{1, "PMI_JOBID"},
                        Case{3, "PMI_JOBID"}, Case{4, "PMIX_NAMESPACE"}}) {
    const Launcher& launcher = kLaunchers[c.launcher];
    const auto name = [&](const Variables& variables) {
      return launcher.read(Of(variables))->rendezvous;
    };
    const Variables run = With(Rank3(launcher), c.variable, "7.0");
    EXPECT_THAT(name(run), MatchesRegex(std::string(launcher.name) +
                                        "\\.[0-9a-f]{16}\\.rendezvous"));
    EXPECT_EQ(name(run), name(With(run, launcher.rank, "0")));
    EXPECT_NE(name(run), name(With(run, c.variable, "8.0")));
    EXPECT_NE(name(run), name(With(run, "SLURM_RESTART_COUNT", "1")));
  }
}

TEST(MpiLaunch, HydraInSlurmIsNamedByItsStep) {
  const Variables run = With(With(Rank3(kLaunchers[2]), "SLURM_JOB_ID", "11"),
                             "SLURM_STEP_ID", "0");
  EXPECT_THAT(FromHydra(Of(run))->rendezvous, HasSubstr("hydra."));
  EXPECT_NE(FromHydra(Of(run))->rendezvous,
            FromHydra(Of(With(run, "SLURM_STEP_ID", "1")))->rendezvous);
}

// On one host the process that started the ranks is the run's name.
TEST(MpiLaunch, OneHostIsNamedByTheLauncherProcess) {
  Variables run = Rank3(kLaunchers[2]);
  run["MPI_LOCALNRANKS"] = "4";
  EXPECT_THAT(FromHydra(Of(run))->rendezvous, HasSubstr("hydra."));
}

}  // namespace
}  // namespace lockstep
