#include "train/launch/launch.h"

#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using Variables = std::map<std::string, std::string>;

absl::StatusOr<LaunchInfo> Detect(const Variables& variables,
                                  const LaunchFlags& flags = {}) {
  return DetectLaunch(
      [&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
      },
      flags);
}

const Variables kTorchrun = {{"RANK", "3"},         {"WORLD_SIZE", "4"},
                             {"LOCAL_RANK", "1"},   {"LOCAL_WORLD_SIZE", "2"},
                             {"MASTER_ADDR", "n0"}, {"MASTER_PORT", "29500"}};

// What `srun -N2 -n4` gives rank 3 (Slurm 22.05).
const Variables kSlurm = {{"SLURMD_NODENAME", "n1"},
                          {"SLURM_CPUS_ON_NODE", "2"},
                          {"SLURM_GTIDS", "2,3"},
                          {"SLURM_JOB_ID", "6"},
                          {"SLURM_LOCALID", "1"},
                          {"SLURM_NODEID", "1"},
                          {"SLURM_NTASKS", "4"},
                          {"SLURM_PROCID", "3"},
                          {"SLURM_STEP_ID", "0"},
                          {"SLURM_STEP_NODELIST", "n[0-1]"},
                          {"SLURM_STEP_NUM_TASKS", "4"},
                          {"SLURM_STEP_RESV_PORTS", "21017-21019"},
                          {"SLURM_STEP_TASKS_PER_NODE", "2(x2)"}};

// Rank 2 of `srun -n1 -N1 : -n2 -N1`.
const Variables kHeterogeneous = {
    {"SLURMD_NODENAME", "n1"},     {"SLURM_GTIDS", "1,2"},
    {"SLURM_HET_SIZE", "2"},       {"SLURM_JOB_ID", "1"},
    {"SLURM_LOCALID", "1"},        {"SLURM_NODEID", "1"},
    {"SLURM_NTASKS", "3"},         {"SLURM_PROCID", "2"},
    {"SLURM_STEP_ID", "0"},        {"SLURM_STEP_NODELIST", "n[0-1]"},
    {"SLURM_STEP_NUM_TASKS", "3"}, {"SLURM_STEP_TASKS_PER_NODE", "1,2"}};

// Rank 1 of `srun -n3 -m arbitrary` with the hosts n1, n0, n1.
const Variables kArbitrary = {
    {"SLURMD_NODENAME", "n0"},     {"SLURM_DISTRIBUTION", "arbitrary"},
    {"SLURM_GTIDS", "1"},          {"SLURM_JOB_ID", "3"},
    {"SLURM_LOCALID", "0"},        {"SLURM_NODEID", "0"},
    {"SLURM_NTASKS", "3"},         {"SLURM_PROCID", "1"},
    {"SLURM_STEP_ID", "0"},        {"SLURM_STEP_NODELIST", "n[0-1]"},
    {"SLURM_STEP_NUM_TASKS", "3"}, {"SLURM_STEP_TASKS_PER_NODE", "1,2"}};

// Rank 1 of `srun -N2 -n4 -m plane=1`.
const Variables kPlane = {{"SLURMD_NODENAME", "n1"},
                          {"SLURM_DISTRIBUTION", "plane"},
                          {"SLURM_DIST_PLANESIZE", "1"},
                          {"SLURM_GTIDS", "1,3"},
                          {"SLURM_JOB_ID", "6"},
                          {"SLURM_LOCALID", "0"},
                          {"SLURM_NODEID", "1"},
                          {"SLURM_PROCID", "1"},
                          {"SLURM_STEP_ID", "0"},
                          {"SLURM_STEP_NUM_TASKS", "4"},
                          {"SLURM_STEP_TASKS_PER_NODE", "2(x2)"}};

// Rank 2 of `srun --mpi=pmi2 -N2 -n3`.
const Variables kSlurmPmi2 = {{"PMI_FD", "11"},
                              {"PMI_JOBID", "5.0"},
                              {"PMI_RANK", "2"},
                              {"PMI_SIZE", "3"},
                              {"SLURM_JOB_ID", "5"},
                              {"SLURM_LOCALID", "0"},
                              {"SLURM_MPI_TYPE", "pmi2"},
                              {"SLURM_NODEID", "1"},
                              {"SLURM_PROCID", "2"},
                              {"SLURM_STEP_ID", "0"},
                              {"SLURM_STEP_NUM_TASKS", "3"},
                              {"SLURM_STEP_TASKS_PER_NODE", "2,1"}};

// A batch script of `sbatch -n2`, no srun.
const Variables kBatchScript = {
    {"SLURMD_NODENAME", "n0"}, {"SLURM_GTIDS", "0"},   {"SLURM_JOB_ID", "9"},
    {"SLURM_LOCALID", "0"},    {"SLURM_NODEID", "0"},  {"SLURM_NTASKS", "2"},
    {"SLURM_PROCID", "0"},     {"SLURM_NPROCS", "2"},  {"SLURM_NNODES", "1"},
    {"SLURM_NODELIST", "n0"},  {"SLURM_TASK_PID", "1"}};

// Rank 1 of `mpirun -n 2` (Open MPI 4.1).
const Variables kOpenMpi = {
    {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
    {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"},
    {"OMPI_COMM_WORLD_RANK", "1"},
    {"OMPI_COMM_WORLD_SIZE", "2"},
    {"OMPI_MCA_orte_hnp_uri", "1114636288.0;tcp://192.0.2.2:45271"},
    {"OMPI_UNIVERSE_SIZE", "2"},
    {"PMIX_NAMESPACE", "1114636289"},
    {"PMIX_RANK", "1"}};

// Rank 3 of `mpirun -n 4` in an allocation of two nodes: the SLURM_* are those
// of mpirun's daemon on n1, which is one of two.
const Variables kOpenMpiInSlurm = {
    {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
    {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"},
    {"OMPI_COMM_WORLD_RANK", "3"},
    {"OMPI_COMM_WORLD_SIZE", "4"},
    {"OMPI_MCA_orte_hnp_uri", "1562443776.0;tcp://192.0.2.2:53503"},
    {"PMIX_NAMESPACE", "1562443777"},
    {"PMIX_RANK", "3"},
    {"SLURM_GTIDS", "1"},
    {"SLURM_JOB_ID", "1"},
    {"SLURM_LOCALID", "0"},
    {"SLURM_NODEID", "1"},
    {"SLURM_NTASKS", "2"},
    {"SLURM_PROCID", "1"},
    {"SLURM_STEP_ID", "0"},
    {"SLURM_STEP_NUM_TASKS", "2"},
    {"SLURM_STEP_TASKS_PER_NODE", "1(x2)"}};

// Rank 1 of `mpiexec -n 2` (MPICH 4.0's Hydra): nothing names the run.
const Variables kHydra = {{"HYDI_CONTROL_FD", "7"}, {"MPI_LOCALNRANKS", "2"},
                          {"MPI_LOCALRANKID", "1"}, {"PMI_FD", "8"},
                          {"PMI_RANK", "1"},        {"PMI_SIZE", "2"}};

// Rank 3 of `mpiexec -n 4` in an allocation of two nodes.
const Variables kHydraInSlurm = {{"MPI_LOCALNRANKS", "2"},
                                 {"MPI_LOCALRANKID", "1"},
                                 {"PMI_FD", "6"},
                                 {"PMI_RANK", "3"},
                                 {"PMI_SIZE", "4"},
                                 {"SLURM_JOB_ID", "11"},
                                 {"SLURM_LOCALID", "0"},
                                 {"SLURM_NODEID", "1"},
                                 {"SLURM_PROCID", "1"},
                                 {"SLURM_STEP_ID", "0"},
                                 {"SLURM_STEP_NUM_TASKS", "2"},
                                 {"SLURM_STEP_TASKS_PER_NODE", "1(x2)"}};

// As their documents say; not tried.
const Variables kMvapich = {{"MV2_COMM_WORLD_RANK", "2"},
                            {"MV2_COMM_WORLD_SIZE", "4"},
                            {"MV2_COMM_WORLD_LOCAL_RANK", "0"},
                            {"MV2_COMM_WORLD_LOCAL_SIZE", "2"}};
const Variables kPmi = {{"PMI_RANK", "5"},
                        {"PMI_SIZE", "8"},
                        {"PMI_LOCAL_RANK", "1"},
                        {"PMI_LOCAL_SIZE", "4"},
                        {"PMI_JOBID", "77"}};
const Variables kPmix = {{"PMIX_RANK", "1"},
                         {"PMIX_SIZE", "2"},
                         {"PMIX_LOCAL_RANK", "1"},
                         {"PMIX_LOCAL_SIZE", "2"},
                         {"PMIX_NAMESPACE", "prterun-vm-12@1"}};

Variables Without(Variables variables, const std::string& name) {
  variables.erase(name);
  return variables;
}

Variables With(Variables variables, const std::string& name,
               const std::string& value) {
  variables[name] = value;
  return variables;
}

Variables Both(Variables a, const Variables& b) {
  a.insert(b.begin(), b.end());
  return a;
}

struct LaunchCase {
  const char* launcher;
  int rank, world_size, local_rank, local_world_size;
  Variables variables;
};

class Detects : public ::testing::TestWithParam<LaunchCase> {};

TEST_P(Detects, WhoTheRankIs) {
  const LaunchCase& expected = GetParam();
  const auto info = Detect(expected.variables);
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->launcher, expected.launcher);
  EXPECT_EQ(info->rank, expected.rank);
  EXPECT_EQ(info->world_size, expected.world_size);
  EXPECT_EQ(info->local_rank, expected.local_rank);
  EXPECT_EQ(info->local_world_size, expected.local_world_size);
}

INSTANTIATE_TEST_SUITE_P(
    Launchers, Detects,
    ::testing::Values(
        LaunchCase{"single", 0, 1, 0, 1, {}},
        LaunchCase{"single", 0, 1, 0, 1, kBatchScript},
        LaunchCase{"torchrun", 3, 4, 1, 2, kTorchrun},
        LaunchCase{"torchrun", 3, 4, 1, 2, Both(kTorchrun, kSlurm)},
        LaunchCase{"torchrun", 3, 4, 1, 2, Both(kTorchrun, kOpenMpi)},
        LaunchCase{"slurm", 3, 4, 1, 2, kSlurm},
        LaunchCase{"slurm", 2, 3, 1, 2, kHeterogeneous},
        LaunchCase{"slurm", 1, 3, 0, 1, kArbitrary},
        LaunchCase{"slurm", 1, 4, 0, 2, kPlane},
        LaunchCase{"slurm", 2, 3, 0, 1, kSlurmPmi2},
        LaunchCase{"slurm", 3, 4, 1, 2, Both(kSlurm, kPmix)},
        LaunchCase{"openmpi", 1, 2, 1, 2, kOpenMpi},
        LaunchCase{"openmpi", 3, 4, 1, 2, kOpenMpiInSlurm},
        LaunchCase{"hydra", 1, 2, 1, 2, kHydra},
        LaunchCase{"hydra", 3, 4, 1, 2, kHydraInSlurm},
        LaunchCase{"mvapich", 2, 4, 0, 2, kMvapich},
        LaunchCase{"pmi", 5, 8, 1, 4, kPmi},
        LaunchCase{"pmix", 1, 2, 1, 2, kPmix}));

TEST(DetectLaunch, EveryMissingVariableIsNamed) {
  const std::pair<Variables, std::vector<const char*>> sets[] = {
      {kTorchrun,
       {"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"}},
      {kSlurm,
       {"SLURM_JOB_ID", "SLURM_PROCID", "SLURM_LOCALID", "SLURM_NODEID",
        "SLURM_STEP_NUM_TASKS", "SLURM_STEP_TASKS_PER_NODE"}},
      {kOpenMpi,
       {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE",
        "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE"}},
      {kMvapich,
       {"MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE",
        "MV2_COMM_WORLD_LOCAL_RANK", "MV2_COMM_WORLD_LOCAL_SIZE"}},
      {kHydra, {"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"}},
      {kPmi, {"PMI_RANK", "PMI_SIZE", "PMI_LOCAL_RANK", "PMI_LOCAL_SIZE"}},
      {kPmix, {"PMIX_RANK", "PMIX_SIZE", "PMIX_LOCAL_RANK"}},
      {{{kLocalRank, "0"}, {kLocalWorldSize, "2"}, {kLocalRendezvous, "/f"}},
       {kLocalRank, kLocalWorldSize, kLocalRendezvous}}};
  for (const auto& [variables, names] : sets)
    for (const char* name : names)
      EXPECT_THAT(Detect(Without(variables, name)).status().message(),
                  HasSubstr(std::string(name) + " is missing"));
}

TEST(DetectLaunch, BadValuesAreNamed) {
  struct Case {
    Variables variables;
    const char* message;
  };
  const Case cases[] = {
      {With(kTorchrun, "RANK", "4"), "RANK=4 is not a number from 0 to 3"},
      {With(kTorchrun, "MASTER_PORT", "65536"), "MASTER_PORT=65536"},
      {With(kTorchrun, "LOCAL_WORLD_SIZE", "1"),
       "LOCAL_WORLD_SIZE=1 is not a number from 2 to 4"},
      {With(kTorchrun, "LOCAL_WORLD_SIZE", "5"), "LOCAL_WORLD_SIZE=5"},
      {With(kSlurm, "SLURM_PROCID", "x"), "SLURM_PROCID=x"},
      {With(kSlurm, "SLURM_STEP_TASKS_PER_NODE", "2(x"),
       "SLURM_STEP_TASKS_PER_NODE: '2(x' is not a list of counts"},
      {With(kSlurm, "SLURM_NODEID", "2"), "has no entry for SLURM_NODEID=2"},
      {With(kSlurm, "SLURM_LOCALID", "2"), "SLURM_LOCALID=2"},
      {With(kSlurm, "SLURM_STEP_TASKS_PER_NODE", "2,5"),
       "SLURM_STEP_TASKS_PER_NODE=2,5 has no entry"},
      {With(kSlurm, "SLURM_STEP_NODELIST", "n[1"), "SLURM_STEP_NODELIST"},
      {With(kSlurm, "SLURM_STEP_RESV_PORTS", "-"), "SLURM_STEP_RESV_PORTS"},
      {With(kSlurm, "SLURM_STEP_RESV_PORTS", "70000"), "holds no port"},
      {With(kOpenMpi, "OMPI_COMM_WORLD_LOCAL_RANK", "2"),
       "OMPI_COMM_WORLD_LOCAL_RANK=2 is not a number from 0 to 1"},
      {With(kOpenMpi, "OMPI_COMM_WORLD_LOCAL_SIZE", "3"),
       "OMPI_COMM_WORLD_LOCAL_SIZE=3"},
      {With(kOpenMpi, "OMPI_COMM_WORLD_SIZE", "0"), "OMPI_COMM_WORLD_SIZE=0"},
      {With(kSlurm, "MASTER_ADDR", "n0"), "MASTER_PORT is missing"},
      {With(kOpenMpi, "MASTER_PORT", "1"), "MASTER_ADDR is missing"}};
  for (const Case& c : cases) {
    const absl::Status status = Detect(c.variables).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << c.message;
    EXPECT_THAT(status.message(), HasSubstr(c.message));
  }
}

TEST(DetectLaunch, SlurmSaysWhereAndHowManyTheRanksAre) {
  const LaunchInfo info = *Detect(With(kSlurm, "SLURM_RESTART_COUNT", "2"));
  EXPECT_EQ(info.rendezvous, "6.0.2.rendezvous");
  EXPECT_EQ(info.host, "n1");
  EXPECT_THAT(info.hosts, ElementsAre("n0", "n1"));
  EXPECT_THAT(info.tasks_on_host, ElementsAre(2, 2));
  EXPECT_EQ(info.reserved_port, 21017);
}

// Counts of one component only: rather no table than a wrong one.
TEST(DetectLaunch, ATableOfHostsThatIsNotThisWorldsIsLeftOut) {
  EXPECT_THAT(Detect(With(kSlurm, "SLURM_STEP_NODELIST", "n0"))->hosts,
              IsEmpty());
  EXPECT_THAT(
      Detect(With(kSlurm, "SLURM_STEP_TASKS_PER_NODE", "2,3"))->tasks_on_host,
      IsEmpty());
}

// Should a Slurm count one component in SLURM_STEP_NUM_TASKS.
TEST(DetectLaunch, AHeterogeneousStepIsOneWorld) {
  EXPECT_EQ(
      Detect(With(kHeterogeneous, "SLURM_STEP_NUM_TASKS", "2"))->world_size, 3);
}

TEST(DetectLaunch, ABatchScriptOfManyTasksIsHinted) {
  EXPECT_THAT(Detect(kBatchScript)->hint, HasSubstr("srun"));
  EXPECT_EQ(Detect(With(kBatchScript, "SLURM_NTASKS", "1"))->hint, "");
  EXPECT_EQ(Detect(kSlurm)->hint, "");
}

TEST(DetectLaunch, AnExportedMasterIsHonoured) {
  for (const Variables& variables : {kSlurm, kOpenMpi, kHydra, kPmi}) {
    const LaunchInfo info = *Detect(
        With(With(variables, "MASTER_ADDR", "n0"), "MASTER_PORT", "29501"));
    EXPECT_EQ(info.master_address, "n0");
    EXPECT_EQ(info.master_port, 29501);
  }
  EXPECT_EQ(Detect(kSlurm)->master_address, "");
}

TEST(DetectLaunch, FlagsGoBeforeEverything) {
  const LaunchInfo info = *Detect(kSlurm, {1, 2, 1, "n7", 29500});
  EXPECT_EQ(info.launcher, "flags");
  EXPECT_EQ(info.rank, 1);
  EXPECT_EQ(info.world_size, 2);
  EXPECT_EQ(info.local_rank, 1);
  EXPECT_EQ(info.master_address, "n7");
  EXPECT_EQ(info.master_port, 29500);
  EXPECT_EQ(Detect(kSlurm, {0, 1, -1, "", 0})->world_size, 1);
}

TEST(DetectLaunch, FlagsThatAreMissingOrWrongAreNamed) {
  struct Case {
    LaunchFlags flags;
    const char* message;
  };
  for (const Case& c :
       {Case{{0, -1, -1, "", 0}, "--world_size is missing"},
        Case{{-1, 2, -1, "n0", 1}, "--rank is missing"},
        Case{{-1, -1, 0, "", 0}, "--world_size is missing"},
        Case{{-1, -1, -1, "n0", 0}, "--world_size is missing"},
        Case{{-1, -1, -1, "", 1}, "--world_size is missing"},
        Case{{0, 2, -1, "", 29500}, "--master_addr is missing"},
        Case{{0, 2, -1, "n0", 0}, "--master_port is missing"},
        Case{{0, 2, -1, "n0", 65536}, "--master_port=65536"},
        Case{{2, 2, -1, "n0", 1}, "--rank=2 is not below --world_size=2"},
        Case{{0, 0, -1, "n0", 1}, "--world_size=0"}}) {
    const absl::Status status = Detect({}, c.flags).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << c.message;
    EXPECT_THAT(status.message(), HasSubstr(c.message));
  }
}

}  // namespace
}  // namespace lockstep
