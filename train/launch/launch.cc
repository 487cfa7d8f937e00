#include "train/launch/launch.h"

#include <cstdlib>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace lockstep {
namespace {

// Reads numbers of one launcher's set and remembers the first mistake.
class Reader {
 public:
  Reader(const Environment& environment, const char* launcher)
      : environment_(environment), launcher_(launcher) {}

  std::string Text(const char* name) {
    const std::optional<std::string> value = environment_(name);
    if (!value) {
      Fail(absl::StrCat(launcher_, " set only a part of its variables: ", name,
                        " is missing"));
      return "";
    }
    return *value;
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
    return environment_(name) ? Number(name, 0, kMany) : otherwise;
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

absl::StatusOr<LaunchInfo> FromLocal(const Environment& environment) {
  Reader read(environment, "--nproc");
  LaunchInfo info;
  info.launcher = "local";
  info.world_size = read.Number(kLocalWorldSize, 1, Reader::kMany);
  info.rank = read.Number(kLocalRank, 0, info.world_size - 1);
  info.local_rank = info.rank;
  info.local_world_size = info.world_size;
  info.rendezvous = read.Text(kLocalRendezvous);
  if (!read.status().ok()) return read.status();
  return info;
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
  info.master_address = read.Text("MASTER_ADDR");
  info.master_port = read.Number("MASTER_PORT", 1, 65535);
  info.restart_count = read.NumberOr("TORCHELASTIC_RESTART_COUNT", 0);
  info.agent_serves_store =
      environment("TORCHELASTIC_USE_AGENT_STORE") == "True";
  if (!read.status().ok()) return read.status();
  return info;
}

absl::StatusOr<LaunchInfo> FromSlurmStep(const Environment& environment) {
  Reader read(environment, "Slurm");
  LaunchInfo info;
  info.launcher = "slurm";
  info.job_id = read.Text("SLURM_JOB_ID");
  info.step_id = read.Text("SLURM_STEP_ID");
  info.world_size = read.Number("SLURM_STEP_NUM_TASKS", 1, Reader::kMany);
  info.rank = read.Number("SLURM_PROCID", 0, info.world_size - 1);
  info.local_rank = read.Number("SLURM_LOCALID", 0, info.world_size - 1);
  const int node = read.Number("SLURM_NODEID", 0, Reader::kMany);
  const std::string counts = read.Text("SLURM_STEP_TASKS_PER_NODE");
  info.restart_count = read.NumberOr("SLURM_RESTART_COUNT", 0);
  info.cpus_on_node = read.NumberOr("SLURM_CPUS_ON_NODE", 0);
  if (!read.status().ok()) return read.status();
  const absl::StatusOr<int> tasks = SlurmTasksOnNode(counts, node);
  if (!tasks.ok()) return tasks.status();
  info.local_world_size = *tasks;
  info.rendezvous = absl::StrCat(info.job_id, ".", info.step_id, ".",
                                 info.restart_count, ".rendezvous");
  return info;
}

// A variable that only this launcher sets, and how to read its set.
struct LauncherRow {
  std::vector<const char*> marks;
  absl::StatusOr<LaunchInfo> (*read)(const Environment&);
};

const std::vector<LauncherRow>& Launchers() {
  static const auto* const rows = new std::vector<LauncherRow>{
      {{kLocalRank, kLocalWorldSize}, FromLocal},
      {{"RANK", "WORLD_SIZE", "LOCAL_RANK"}, FromTorchrun},
      // A batch script has SLURM_PROCID=0 and SLURM_NTASKS=N too, but no step:
      // a trainer that trusted those would wait for ever.
      {{"SLURM_STEP_ID"}, FromSlurmStep},
  };
  return *rows;
}

}  // namespace

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

absl::StatusOr<LaunchInfo> DetectLaunch(const Environment& environment) {
  for (const LauncherRow& row : Launchers())
    for (const char* mark : row.marks)
      if (environment(mark)) return row.read(environment);
  return LaunchInfo();
}

absl::StatusOr<int> SlurmTasksOnNode(const std::string& counts, int node) {
  for (absl::string_view group : absl::StrSplit(counts, ',')) {
    const std::vector<absl::string_view> parts =
        absl::StrSplit(absl::StripSuffix(group, ")"), "(x");
    int tasks = 0, repeats = 1;
    if (!absl::SimpleAtoi(parts[0], &tasks) ||
        (parts.size() == 2 && !absl::SimpleAtoi(parts[1], &repeats)) ||
        parts.size() > 2)
      return absl::InvalidArgumentError(absl::StrCat(
          "SLURM_STEP_TASKS_PER_NODE=", counts, " is not a list of counts"));
    if (node < repeats) return tasks;
    node -= repeats;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "SLURM_STEP_TASKS_PER_NODE=", counts, " has no entry for SLURM_NODEID"));
}

}  // namespace lockstep
