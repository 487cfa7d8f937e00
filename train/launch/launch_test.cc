#include "train/launch/launch.h"

#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using Variables = std::map<std::string, std::string>;

absl::StatusOr<LaunchInfo> Detect(const Variables& variables) {
  return DetectLaunch(
      [&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
      });
}

const Variables kTorchrun = {{"RANK", "3"},         {"WORLD_SIZE", "4"},
                             {"LOCAL_RANK", "1"},   {"LOCAL_WORLD_SIZE", "2"},
                             {"MASTER_ADDR", "n0"}, {"MASTER_PORT", "29500"}};

// What `srun -N2 -n4` gives rank 3.
const Variables kSlurm = {{"SLURM_JOB_ID", "6"},
                          {"SLURM_STEP_ID", "0"},
                          {"SLURM_PROCID", "3"},
                          {"SLURM_LOCALID", "1"},
                          {"SLURM_NODEID", "1"},
                          {"SLURM_STEP_NUM_TASKS", "4"},
                          {"SLURM_STEP_TASKS_PER_NODE", "2(x2)"},
                          {"SLURM_NTASKS", "4"},
                          {"SLURM_CPUS_ON_NODE", "2"}};

Variables Without(Variables variables, const std::string& name) {
  variables.erase(name);
  return variables;
}

Variables With(Variables variables, const std::string& name,
               const std::string& value) {
  variables[name] = value;
  return variables;
}

TEST(DetectLaunch, NothingMeansASingleProcess) {
  const LaunchInfo info = *Detect({});
  EXPECT_EQ(info.launcher, "single");
  EXPECT_EQ(info.world_size, 1);
}

TEST(DetectLaunch, Torchrun) {
  const LaunchInfo info = *Detect(kTorchrun);
  EXPECT_EQ(info.launcher, "torchrun");
  EXPECT_EQ(info.rank, 3);
  EXPECT_EQ(info.local_rank, 1);
  EXPECT_EQ(info.master_port, 29500);
  EXPECT_FALSE(info.single_host());
}

TEST(DetectLaunch, SlurmStep) {
  const LaunchInfo info = *Detect(With(kSlurm, "SLURM_RESTART_COUNT", "2"));
  EXPECT_EQ(info.launcher, "slurm");
  EXPECT_EQ(info.rank, 3);
  EXPECT_EQ(info.world_size, 4);
  EXPECT_EQ(info.local_world_size, 2);
  EXPECT_EQ(info.rendezvous, "6.0.2.rendezvous");
}

TEST(DetectLaunch, SlurmBatchScriptIsNotAStep) {
  EXPECT_EQ(Detect(Without(kSlurm, "SLURM_STEP_ID"))->launcher, "single");
}

TEST(DetectLaunch, TorchrunGoesBeforeSlurm) {
  Variables both = kSlurm;
  both.insert(kTorchrun.begin(), kTorchrun.end());
  EXPECT_EQ(Detect(both)->launcher, "torchrun");
}

TEST(DetectLaunch, EveryMissingVariableIsNamed) {
  for (const char* name :
       {"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"})
    EXPECT_THAT(Detect(Without(kTorchrun, name)).status().message(),
                HasSubstr(std::string(name) + " is missing"));
  for (const char* name :
       {"SLURM_JOB_ID", "SLURM_PROCID", "SLURM_LOCALID", "SLURM_NODEID",
        "SLURM_STEP_NUM_TASKS", "SLURM_STEP_TASKS_PER_NODE"})
    EXPECT_THAT(Detect(Without(kSlurm, name)).status().message(),
                HasSubstr(std::string(name) + " is missing"));
  EXPECT_THAT(Detect({{kLocalRank, "0"}}).status().message(),
              HasSubstr("LOCKSTEP_WORLD_SIZE is missing"));
}

TEST(DetectLaunch, NumbersOutOfRangeAreNamed) {
  EXPECT_THAT(Detect(With(kTorchrun, "RANK", "4")).status().message(),
              HasSubstr("RANK=4 is not a number from 0 to 3"));
  EXPECT_THAT(Detect(With(kSlurm, "SLURM_PROCID", "x")).status().message(),
              HasSubstr("SLURM_PROCID=x"));
}

TEST(SlurmTasksOnNode, ReadsPackedCounts) {
  EXPECT_EQ(*SlurmTasksOnNode("2(x3),1", 0), 2);
  EXPECT_EQ(*SlurmTasksOnNode("2(x3),1", 2), 2);
  EXPECT_EQ(*SlurmTasksOnNode("2(x3),1", 3), 1);
  EXPECT_EQ(*SlurmTasksOnNode("3,2", 1), 2);
  EXPECT_FALSE(SlurmTasksOnNode("3,2", 2).ok());
  EXPECT_FALSE(SlurmTasksOnNode("a(x2)", 0).ok());
}

}  // namespace
}  // namespace lockstep
