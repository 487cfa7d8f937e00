// Jobs of eight ranks that are killed again and again, each time at a random
// moment and in a random way, and go on with --resume until they are done. No
// run hangs or leaves a process, no complete checkpoint is ever lost, and a job
// ends with the bits of one that nobody disturbed.
//
//   bazel run //train:stress_test -- --runs 200

#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/command_line.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/file.h"
#include "tools/cli/testing_program.h"
#include "train/testing_processes.h"
#include "train/testing_run_files.h"

ABSL_FLAG(int, runs, 6, "runs of eight ranks to start and disturb");
ABSL_FLAG(uint32_t, seed, 1, "of the moments and of who is killed");

namespace lockstep {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

using Random = std::mt19937;

constexpr int kRanks = 8;
constexpr double kPromise = 10;  // seconds, as in failure_test
constexpr int kSteps = 40;       // 512 images, 8 ranks, 5 epochs
constexpr char kJob[] =
    "exec train/ddp --nproc 8 --threads 1 --model lenet --train_images 512 "
    "--test_images 16 --batch_size 8 --epochs 5 --lr 0.01 "
    "--checkpoint_every 1 --resume --output_dir ";

struct Running {
  pid_t launcher = 0;
  std::vector<pid_t> ranks;  // those that are there already
};

void KillRanks(const Running& run, size_t count, Random& random) {
  std::vector<pid_t> victims;
  std::sample(run.ranks.begin(), run.ranks.end(), std::back_inserter(victims),
              count, random);
  for (pid_t victim : victims) kill(victim, SIGKILL);
}

struct Disturbance {
  const char* name;
  std::function<void(const Running&, Random&)> act;
  std::set<int> codes;  // of the launcher, if the job was not done before
};

const std::vector<Disturbance>& Disturbances() {
  static const auto* const rows = new std::vector<Disturbance>{
      {"one rank killed",
       [](const Running& run, Random& random) { KillRanks(run, 1, random); },
       {kExitFailed, kExitPeerFailed}},
      {"half of the ranks killed",
       [](const Running& run, Random& random) {
         KillRanks(run, kRanks / 2, random);
       },
       {kExitFailed, kExitPeerFailed}},
      {"all ranks killed",
       [](const Running& run, Random& random) {
         KillRanks(run, kRanks, random);
       },
       {kExitFailed, kExitPeerFailed}},
      {"launcher killed",
       [](const Running& run, Random&) { kill(run.launcher, SIGKILL); },
       {128 + SIGKILL}},
      {"launcher asked to stop",
       [](const Running& run, Random&) { kill(run.launcher, SIGTERM); },
       {kExitPreempted}},
      {"one rank asked to stop",
       [](const Running& run, Random& random) {
         kill(run.ranks[random() % run.ranks.size()], SIGUSR1);
       },
       {kExitPreempted}},
  };
  return *rows;
}

// The step in the name of a checkpoint in `text`, step-000000032.ckpt; -1 =
// none.
int StepIn(const std::string& text) {
  const size_t at = text.rfind("/step-");
  int step = -1;
  if (at != text.npos) (void)absl::SimpleAtoi(text.substr(at + 6, 9), &step);
  return step;
}

int NewestCheckpoint(const std::string& folder) {
  const auto paths = Checkpoints(folder);
  return paths.empty() ? -1 : StepIn(paths.back());
}

// What an undisturbed job leaves, and how long it takes.
struct Whole {
  std::string checksum, log, model;
  double start = 0, train = 0;  // seconds, before and after the first step
};

Whole WholeJob() {
  const std::string folder = NewTestFolder();
  Processes job(folder);
  const auto begin = std::chrono::steady_clock::now();
  job.Start(absl::StrCat(kJob, folder, "/run"));
  EXPECT_TRUE(job.AwaitOutput(0, "[MODEL]"));
  const std::chrono::duration<double> start =
      std::chrono::steady_clock::now() - begin;
  const Ended end = job.Wait(0);
  EXPECT_EQ(end.code, kExitOk) << end.error;
  return {Checksum(end.out), LogOf(folder + "/run"),
          ReadFile(folder + "/run/model.onnx").value_or(""), start.count(),
          end.seconds - start.count()};
}

class Stress : public ::testing::Test {
 protected:
  // When to disturb the next run of the job at hand: any time until a fourth
  // after its end, so that jobs end, too.
  double Moment();
  // One run of the job at hand, disturbed after `seconds`.
  void Run(const Disturbance& how, double seconds);
  void ExpectGoesOn(const Ended& end, int checkpoint) const;
  void ExpectDone(const Ended& end);

  Random random_{absl::GetFlag(FLAGS_seed)};
  const Whole whole_ = WholeJob();
  std::string folder_ = NewTestFolder();  // of the job at hand
  std::map<std::string, int> counts_;     // of what happened
  double slowest_ = 0;                    // seconds from fault to end
};

double Stress::Moment() {
  const int done = std::max(NewestCheckpoint(folder_ + "/run"), 0);
  const double left = whole_.train * (kSteps - done) / kSteps;
  return std::uniform_real_distribution<double>(
      0, 1.25 * (whole_.start + left))(random_);
}

void Stress::Run(const Disturbance& how, double seconds) {
  const std::string output = folder_ + "/run";
  const int checkpoint = NewestCheckpoint(output);
  Processes job(folder_);
  job.Start(absl::StrCat(kJob, output));
  // The moment is random on purpose; nothing is waited for here.
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  const Running running = {job.pid(0), Children(job.pid(0))};
  job.Fault(0, 0);
  if (!running.ranks.empty()) how.act(running, random_);
  const Ended end = job.Wait(0);
  EXPECT_TRUE(Await([&] { return LiveProcesses(output).empty(); }))
      << "a process was left";
  if (end.code != kExitOk) {
    ++counts_[how.name];
    slowest_ = std::max(slowest_, end.seconds);
    EXPECT_LT(end.seconds, kPromise);
    EXPECT_TRUE(how.codes.count(end.code)) << end.code << ": " << end.error;
  }
  EXPECT_GE(NewestCheckpoint(output), checkpoint) << "a checkpoint was lost";
  ExpectGoesOn(end, checkpoint);
  if (end.code == kExitOk) ExpectDone(end);
}

// From the newest checkpoint, if there was one, unless it ended before that.
void Stress::ExpectGoesOn(const Ended& end, int checkpoint) const {
  EXPECT_THAT(end.out, Not(HasSubstr("is damaged")));
  const size_t at = end.out.find("[RESUME] ");
  if (checkpoint < 0 || at == end.out.npos) return;
  EXPECT_EQ(StepIn(end.out.substr(at, end.out.find('\n', at) - at)), checkpoint)
      << end.out;
}

void Stress::ExpectDone(const Ended& end) {
  ++counts_["jobs done"];
  EXPECT_EQ(Checksum(end.out), whole_.checksum);
  EXPECT_EQ(LogOf(folder_ + "/run"), whole_.log);
  EXPECT_TRUE(ReadFile(folder_ + "/run/model.onnx").value_or("none") ==
              whole_.model);
  std::filesystem::remove_all(folder_);
  folder_ = NewTestFolder();
}

TEST_F(Stress, KilledJobsEndAsIfNeverDisturbed) {
  const int runs = absl::GetFlag(FLAGS_runs);
  std::printf("seed %u, an undisturbed job starts in %.1f s, trains %.1f s\n",
              absl::GetFlag(FLAGS_seed), whole_.start, whole_.train);
  for (int run = 0; run < runs && !HasFailure(); ++run) {
    const auto& how = Disturbances()[run % Disturbances().size()];
    const double moment = Moment();
    SCOPED_TRACE(absl::StrCat("run ", run, ", ", how.name, " after ", moment,
                              " s, ", folder_));
    Run(how, moment);
    if ((run + 1) % 20 == 0) std::printf("%d of %d runs\n", run + 1, runs);
    std::fflush(stdout);
  }
  for (const auto& [what, count] : counts_)
    std::printf("%5d %s\n", count, what.c_str());
  std::printf("slowest end after a disturbance: %.1f s\n", slowest_);
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  ::testing::InitGoogleMock(&argc, argv);
  const auto arguments = lockstep::ParseCommandLine(argc, argv);
  if (arguments.ok()) return RUN_ALL_TESTS();
  std::fprintf(stderr, "%s\n", arguments.status().ToString().c_str());
  return lockstep::kExitUsage;
}
