// //train:ddp: trains a net on CIFAR-10 data-parallel and measures itself.

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/cli/command_line.h"
#include "tools/cli/exit_code.h"
#include "train/cuda/cuda_device.h"
#include "train/launch/launch.h"
#include "train/launch/local.h"
#include "train/launch/stop_signal.h"
#include "train/open_device.h"
#include "train/options.h"
#include "train/output_dir.h"
#include "train/selfcheck/selfcheck.h"
#include "train/trainer.h"

namespace lockstep {
namespace {

constexpr char kPurpose[] =
    "trains a net on CIFAR-10, data-parallel over the ranks of srun, torchrun\n"
    "or --nproc, and writes what it measured (run.rec), a log (log.csv) and "
    "the\n"
    "trained net (model.onnx).\n\n"
    "  bazel run //train:ddp -- --nproc 2 --batch_size 64 --train_images 1024\n"
    "  bazel run --run_under=\"srun -n4\" //train:ddp -- --data_path DIR";

// Bad input is found once, here, and not by every rank.
absl::Status CheckInputs(const TrainOptions& options) {
  const auto data = ReadDataSets(options);
  if (!data.ok()) return data.status();
  const absl::Status status = CheckDevice(options.device, options.backend);
  if (!status.ok()) return status;
  return CheckOutputDirectory(options, options.resume);
}

absl::StatusOr<LaunchInfo> Launch(const TrainOptions& options) {
  auto launch = DetectLaunch(ProcessEnvironment(), options.launch);
  if (!launch.ok()) return launch.status();
  if (!launch->hint.empty())
    std::fprintf(stderr, "ddp: note: %s\n", launch->hint.c_str());
  if (options.no_ddp && (launch->world_size > 1 || options.nproc > 1))
    return absl::InvalidArgumentError(absl::StrCat(
        "--no_ddp runs one rank, but ",
        options.nproc > 1 ? "--nproc" : launch->launcher, " started more"));
  if (options.mechanism == kDataParallel && launch->world_size > 1)
    return absl::InvalidArgumentError(
        absl::StrCat("--mechanism=data_parallel is one process, but ",
                     launch->launcher, " started ", launch->world_size,
                     "; start one, and its replicas with --nproc"));
  if (options.nproc > 0 && launch->launcher != "local" &&
      launch->world_size > 1)
    return absl::InvalidArgumentError(absl::StrCat(
        "--nproc=", options.nproc, " inside a run of ", launch->world_size,
        " ranks that ", launch->launcher, " started; leave one of them out"));
  return launch;
}

// In a fork: loads this program anew. Returns only if that failed.
int LoadAnew(char** argv) {
  execv("/proc/self/exe", argv);
  std::fprintf(stderr, "ddp: error: cannot start a rank: %s\n",
               std::strerror(errno));
  return kExitFailed;
}

// --nproc. A fork goes on as a rank by starting again: LibTorch has been
// loaded, which takes 0.3 s of a core. But a GPU's driver, which has been asked
// for its GPUs, does not outlive a fork.
absl::Status RunLauncher(const TrainOptions& options, char** argv,
                         const std::function<int()>& start_again, int& code) {
  if (!options.selfcheck) {
    const absl::Status status = CheckInputs(options);
    if (!status.ok()) return status;
  }
  const bool has_gpus = UsableGpus() > 0;
  const auto ended = RunLocalRanks(options.nproc, options.max_restarts, [&] {
    return has_gpus ? LoadAnew(argv) : start_again();
  });
  if (!ended.ok()) return ended.status();
  code = *ended;
  return absl::OkStatus();
}

absl::Status Main(char** argv, const std::function<int()>& start_again,
                  int& code) {
  // Writes beyond `ulimit -f` and to a peer that is gone (Gloo's) fail with
  // words then, and do not kill.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  const auto options = OptionsFromFlags();
  if (!options.ok()) return options.status();
  // Early: one that comes while ranks meet counts too. A self-check has nothing
  // to save; it just ends.
  if (!options->selfcheck) CatchStopSignals();
  TakeStopSignals();
  const auto launch = Launch(*options);
  if (!launch.ok()) return launch.status();
  if (options->nproc > 1 && options->replicas() == 1 &&
      launch->launcher != "local")
    return RunLauncher(*options, argv, start_again, code);
  return options->selfcheck ? RunSelfcheck(*options, *launch)
                            : RunRank(*options, *launch);
}

int Ddp(int argc, char** argv) {
  int code = kExitOk;
  const int own = RunMain(
      argc, argv, kPurpose,
      [&](const std::vector<std::string>& positional) -> absl::Status {
        if (!positional.empty())
          return absl::InvalidArgumentError(absl::StrCat(
              "unexpected argument '", positional[0], "'; --help lists all"));
        return Main(
            argv, [&] { return Ddp(argc, argv); }, code);
      });
  return own != kExitOk ? own : code;
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) { return lockstep::Ddp(argc, argv); }
