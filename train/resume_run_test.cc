// A stopped run that goes on is the run that never stopped: parameters, log and
// model, bit for bit. Real processes and signals.

#include <signal.h>

#include <filesystem>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/file.h"
#include "tools/cli/testing_program.h"
#include "train/testing_processes.h"
#include "train/testing_run_files.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kEpochs = 6;

// 15 steps an epoch and more: long enough to be stopped before the last ones.
constexpr char kLenet[] =
    "--model lenet --train_images 480 --test_images 20 --epochs 6 "
    "--batch_size 8 --lr 0.01 ";

ProgramResult Ddp(const std::string& flags, const std::string& folder,
                  const std::string& environment = "") {
  return RunProgram(absl::StrCat("env ", environment,
                                 " timeout 100 train/ddp --threads 1 ", flags,
                                 " --output_dir ", folder));
}

// Images of each finished epoch, also those seen before a stop in it.
std::map<int, int64_t> ImagesByEpoch(const std::string& folder) {
  std::map<int, int64_t> images;
  for (const Record& record : RecordsIn(folder))
    if (record.has_epoch() && !record.epoch().unfinished())
      images[record.epoch().epoch()] += record.epoch().images();
  return images;
}

// The uninterrupted run, and the files that the interrupted one must equal.
struct Whole {
  std::string checksum, log, model;
};
Whole RunWhole(const std::string& flags) {
  const std::string folder = NewTestFolder() + "/whole";
  const ProgramResult result = Ddp(flags, folder);
  EXPECT_EQ(result.exit_code, 0) << result.error;
  return {Checksum(result.out), LogOf(folder),
          ReadFile(folder + "/model.onnx").value_or("")};
}

// Run once for all tests that compare with it.
const Whole& WholeRun(int world_size, const std::string& flags) {
  static auto* const runs = new std::map<std::string, Whole>;
  const std::string all = absl::StrCat("--nproc ", world_size, " ", flags);
  const auto [run, is_new] = runs->try_emplace(all);
  if (is_new) run->second = RunWhole(all);
  return run->second;
}

void ExpectEqualsWhole(const ProgramResult& result, const std::string& folder,
                       const Whole& whole) {
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(Checksum(result.out), whole.checksum);
  EXPECT_EQ(LogOf(folder), whole.log);
  EXPECT_TRUE(ReadFile(folder + "/model.onnx").value_or("none") == whole.model);
  EXPECT_EQ(EndOf(folder).reason(), End::COMPLETED);
}

// `rank` -1: the launcher. Starts a run, waits for its first epoch's end, and
// sends `signal`.
Ended StopRun(int world_size, const std::string& flags,
              const std::string& folder, int rank, int signal) {
  Processes run(std::filesystem::path(folder).parent_path());
  run.Start(absl::StrCat("exec train/ddp --threads 1 --nproc ", world_size, " ",
                         flags, " --output_dir ", folder));
  pid_t to = run.pid(0);
  if (rank >= 0 && world_size > 1) {
    const auto ranks = AwaitChildren(to, world_size);
    if (ranks.empty()) return {};
    to = ranks[rank];
  }
  if (!run.AwaitOutput(0, "[EPOCH]")) return run.Wait(0);
  kill(to, signal);
  return run.Wait(0);
}

void ExpectPreempted(const Ended& end, const std::string& folder) {
  EXPECT_EQ(end.code, kExitPreempted) << end.out << end.error;
  EXPECT_THAT(end.out, HasSubstr("[STOP] epoch "));
  EXPECT_EQ(end.error.find("error"), std::string::npos) << end.error;
  EXPECT_EQ(EndOf(folder).reason(), End::PREEMPTED);
  EXPECT_EQ(Checkpoints(folder).size(), 1);
}

struct Case {
  std::string name;
  int world_size = 1;
  int rank = 0;  // that gets the signal; -1 = the launcher
  int signal = SIGTERM;
  std::string flags;
};

class Stopped : public ::testing::TestWithParam<Case> {};

TEST_P(Stopped, GoesOnAsIfNeverStopped) {
  const Case& c = GetParam();
  const Whole& whole = WholeRun(c.world_size, c.flags);
  const std::string folder = NewTestFolder() + "/run";
  const Ended end = StopRun(c.world_size, c.flags, folder, c.rank, c.signal);
  ExpectPreempted(end, folder);
  const ProgramResult resumed = Ddp(
      absl::StrCat("--nproc ", c.world_size, " --resume ", c.flags), folder);
  EXPECT_THAT(resumed.out, HasSubstr("[RESUME] from "));
  EXPECT_THAT(resumed.out, HasSubstr(", as if never stopped"));
  ExpectEqualsWhole(resumed, folder, whole);
}

std::string Resnet(const std::string& batch_norm) {
  return absl::StrCat(
      "--model resnet20 --train_images 32 --test_images 4 --epochs 5 "
      "--batch_size 4 --lr 0.01 --batch_norm ",
      batch_norm);
}

INSTANTIATE_TEST_SUITE_P(
    Runs, Stopped,
    ::testing::Values(
        Case{"OneRank", 1, 0, SIGTERM, kLenet},
        Case{"OneRankUsr1", 1, 0, SIGUSR1, kLenet},
        Case{"TwoRanksFirst", 2, 0, SIGTERM, kLenet},
        Case{"TwoRanksLastUsr1", 2, 1, SIGUSR1, kLenet},
        Case{"TwoRanksLauncher", 2, -1, SIGTERM, kLenet},
        Case{"ThreeRanksLast", 3, 2, SIGTERM, kLenet},
        Case{"ThreeRanksLauncherUsr1", 3, -1, SIGUSR1, kLenet},
        Case{"Accumulate", 2, 1, SIGTERM,
             absl::StrCat(kLenet, "--accumulate 2")},
        Case{"Bf16", 3, 0, SIGUSR1,
             absl::StrCat(kLenet, "--gradient_dtype bf16 --overlap=false")},
        Case{"Adam", 2, 1, SIGTERM,
             absl::StrCat(kLenet, "--optimizer adam --lr 0.001")},
        Case{"LambAveraged", 1, 0, SIGTERM,
             absl::StrCat(kLenet, "--optimizer lamb --ema 0.99")},
        Case{"Broadcast", 2, 0, SIGTERM, Resnet("broadcast")},
        Case{"BroadcastAveraged", 2, 1, SIGTERM,
             absl::StrCat(Resnet("broadcast"), " --ema 0.9")},
        Case{"Local", 2, 1, SIGTERM, Resnet("local")},
        Case{"Sync", 3, 1, SIGTERM, Resnet("sync")}),
    [](const auto& info) { return info.param.name; });

// One step an epoch, so every stop is at an epoch's last step, or in the
// evaluation, which takes nearly all of the time.
TEST(Resume, StoppedInTheEvaluationTwice) {
  const std::string flags =
      "--model resnet20 --train_images 8 --batch_size 4 --test_images 300 "
      "--epochs 4 --lr 0.01";
  const Whole& whole = WholeRun(2, flags);
  const std::string folder = NewTestFolder() + "/run";
  ExpectPreempted(StopRun(2, flags, folder, 1, SIGTERM), folder);
  const Ended again = StopRun(2, flags + " --resume", folder, 0, SIGUSR1);
  EXPECT_EQ(again.code, kExitPreempted) << again.error;
  ExpectEqualsWhole(Ddp("--nproc 2 --resume " + flags, folder), folder, whole);
  const auto images = ImagesByEpoch(folder);
  EXPECT_EQ(images.size(), 4);
  for (const auto& [epoch, count] : images) EXPECT_EQ(count, 8) << epoch;
}

TEST(Resume, KilledAfterACheckpoint) {
  const std::string flags = absl::StrCat(kLenet, "--checkpoint_every 1");
  const Whole& whole = WholeRun(2, flags);
  const std::string folder = NewTestFolder() + "/run";
  const Ended end = StopRun(2, flags, folder, -1, SIGKILL);
  EXPECT_EQ(end.code, 128 + SIGKILL);
  ASSERT_TRUE(Await([&] { return LiveProcesses(folder).empty(); }));
  const ProgramResult resumed = Ddp("--nproc 2 --resume " + flags, folder);
  ExpectEqualsWhole(resumed, folder, whole);
  for (const auto& file :
       std::filesystem::directory_iterator(folder + "/checkpoint"))
    EXPECT_EQ(file.path().extension(), ".ckpt") << file.path();
}

// Every image of the interrupted epoch is seen once, whatever the ranks.
// The launcher starts all ranks again after one was killed, once; the run ends
// as if nothing had happened.
TEST(Resume, AfterAFailureByTheLauncher) {
  const std::string flags = absl::StrCat(kLenet, "--checkpoint_every 1");
  const Whole& whole = WholeRun(2, flags);
  const std::string folder = NewTestFolder() + "/run";
  const Ended end =
      StopRun(2, absl::StrCat(flags, " --max_restarts 1"), folder, 1, SIGKILL);
  EXPECT_EQ(end.code, 0) << end.error;
  EXPECT_THAT(end.error, HasSubstr("restart 1 of 1"));
  EXPECT_THAT(end.out, HasSubstr(whole.checksum));
  EXPECT_EQ(LogOf(folder), whole.log);
}

TEST(Resume, AtAnotherWorldSize) {
  for (int after : {1, 3}) {
    const std::string folder = NewTestFolder() + "/run";
    ExpectPreempted(StopRun(2, kLenet, folder, 1, SIGTERM), folder);
    const ProgramResult resumed =
        Ddp(absl::StrCat("--nproc ", after, " --resume ", kLenet), folder);
    EXPECT_EQ(resumed.exit_code, 0) << resumed.error;
    EXPECT_THAT(resumed.out, HasSubstr("but not bit for bit"));
    EXPECT_THAT(resumed.out, HasSubstr(absl::StrCat(after, " ranks (were 2)")));
    const auto images = ImagesByEpoch(folder);
    EXPECT_EQ(images.size(), kEpochs);
    for (const auto& [epoch, count] : images) EXPECT_EQ(count, 480) << epoch;
  }
}

// A finished run of two epochs with a checkpoint after each.
constexpr char kTiny[] =
    "--model lenet --train_images 32 --test_images 4 --batch_size 8 --lr 0.01 "
    "--checkpoint_every 1 ";

class FinishedRun : public ::testing::Test {
 protected:
  FinishedRun() : folder_(NewTestFolder() + "/run") {
    const ProgramResult result = Ddp(kTiny, folder_);
    EXPECT_EQ(result.exit_code, 0) << result.error;
    checksum_ = Checksum(result.out);
    EXPECT_EQ(Checkpoints(folder_).size(), 2);
  }
  void Damage(const std::string& path) const {
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  }
  void ExpectUsage(const std::string& flags, const std::string& text) const {
    const ProgramResult result = Ddp(flags, folder_);
    EXPECT_EQ(result.exit_code, kExitUsage);
    EXPECT_THAT(result.error, HasSubstr(text));
    EXPECT_EQ(std::count(result.error.begin(), result.error.end(), '\n'), 1)
        << result.error;
  }

  const std::string folder_;
  std::string checksum_;
};

TEST_F(FinishedRun, EndsAtOnce) {
  const ProgramResult result = Ddp(absl::StrCat(kTiny, "--resume"), folder_);
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(Checksum(result.out), checksum_);
  EXPECT_THAT(result.out, Not(HasSubstr("[EPOCH]")));
}

TEST_F(FinishedRun, GoesOnToMoreEpochs) {
  const std::string more = absl::StrCat(kTiny, "--epochs 3 ");
  const ProgramResult result = Ddp(more + "--resume", folder_);
  EXPECT_EQ(Checksum(result.out), Checksum(Ddp(more, folder_ + "2").out));
  EXPECT_THAT(result.out, HasSubstr("[EPOCH] 2"));
  EXPECT_THAT(result.out, Not(HasSubstr("[EPOCH] 1")));
}

TEST_F(FinishedRun, AnotherNetIsRefused) {
  for (const char* nproc : {"", "--nproc 2 "})
    ExpectUsage(absl::StrCat(nproc, kTiny, "--resume --model resnet20"),
                "--model=resnet20 (was lenet)");
}

TEST_F(FinishedRun, ADamagedCheckpointIsPassedOver) {
  Damage(Checkpoints(folder_)[1]);
  const ProgramResult result = Ddp(absl::StrCat(kTiny, "--resume"), folder_);
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.out, HasSubstr("is damaged"));
  EXPECT_THAT(result.out, HasSubstr("the one before it is used"));
  EXPECT_EQ(Checksum(result.out), checksum_);
}

TEST_F(FinishedRun, OnlyDamagedCheckpointsAreAnError) {
  for (const std::string& path : Checkpoints(folder_)) Damage(path);
  for (const char* nproc : {"", "--nproc 2 "})
    ExpectUsage(absl::StrCat(nproc, kTiny, "--resume"), "is damaged");
}

TEST(Resume, WithoutACheckpointTrainingBegins) {
  const std::string folder = NewTestFolder() + "/run";
  const ProgramResult result = Ddp(absl::StrCat(kTiny, "--resume"), folder);
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.out, HasSubstr("[RESUME] there is no checkpoint in "));
  EXPECT_THAT(result.out, HasSubstr("[EPOCH] 0"));
}

// Slurm's requeue runs the same command line again.
TEST(Resume, ARequeuedJobGoesOnByItself) {
  const std::string folder = NewTestFolder() + "/run";
  const char kStep[] =
      "SLURM_JOB_ID=7 SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_LOCALID=0 "
      "SLURM_NTASKS=1 SLURM_STEP_NUM_TASKS=1 SLURM_STEP_TASKS_PER_NODE=1 "
      "SLURM_STEP_NODELIST=localhost SLURMD_NODENAME=localhost SLURM_NODEID=0 ";
  ASSERT_EQ(Ddp(kTiny, folder, kStep).exit_code, 0);
  const ProgramResult again =
      Ddp(kTiny, folder, absl::StrCat(kStep, "SLURM_RESTART_COUNT=1"));
  EXPECT_EQ(again.exit_code, 0) << again.error;
  EXPECT_THAT(again.out, HasSubstr("[RESUME] from "));
}

// A write that fails in the middle: one line, and what was there before is
// usable. The record may be 100 kB long, the checkpoint is 500 kB.
TEST(FullDisk, IsOneLineAndTheOlderCheckpointServes) {
  const std::string folder = NewTestFolder() + "/run";
  const std::string more = absl::StrCat(kTiny, "--epochs 4 ");
  const std::string whole = Checksum(Ddp(more, folder + "2").out);
  ASSERT_EQ(Ddp(kTiny, folder).exit_code, 0);
  for (const char* nproc : {"", "--nproc 2 "}) {
    const ProgramResult full = RunProgram(absl::StrCat(
        "ulimit -f 100; timeout 60 train/ddp --threads 1 --resume ", nproc,
        more, "--output_dir ", folder));
    EXPECT_EQ(full.exit_code, kExitFailed) << full.out;
    EXPECT_THAT(full.error, HasSubstr(".ckpt: File too large"));
    EXPECT_EQ(EndOf(folder).reason(), End::FAILED);
    EXPECT_EQ(Checkpoints(folder).size(), 2);
  }
  const ProgramResult result = Ddp(more + "--resume", folder);
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(Checksum(result.out), whole);
}

// The record itself: refused at its first message.
TEST(FullDisk, IsNamedForTheRecord) {
  const std::string folder = NewTestFolder() + "/run";
  const ProgramResult full = RunProgram(
      absl::StrCat("ulimit -f 1; timeout 60 train/ddp --nproc 2 --threads 1 ",
                   kTiny, "--output_dir ", folder));
  EXPECT_EQ(full.exit_code, kExitFailed) << full.out;
  EXPECT_THAT(full.error, HasSubstr("cannot write " + folder + "/run.rec: "));
}

}  // namespace
}  // namespace lockstep
