#include "train/sweep/runner.h"

#include <signal.h>

#include <cstdio>
#include <filesystem>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "tools/cli/file.h"
#include "train/launch/stop_signal.h"
#include "train/sweep/child.h"
#include "train/sweep/command.h"
#include "train/sweep/memory.h"
#include "train/sweep/plan_text.h"

namespace lockstep {
namespace {

constexpr char kLog[] = "/ddp.log";
constexpr char kScript[] = "/job.sh";
constexpr char kJobNumber[] = "/sbatch.log";

std::string TextOf(const std::string& path) {
  return ReadFile(path).value_or("");
}

// The job that sbatch --parsable has printed: "7" or "7;cluster".
void CancelJob(const std::string& folder) {
  const std::string text = TextOf(folder + kJobNumber);
  const std::string job = text.substr(0, text.find_first_not_of("0123456789"));
  Child cancel;
  cancel.argv = {"scancel", job};
  cancel.log = folder + "/scancel.log";
  cancel.stop = [](pid_t) {};
  if (!job.empty()) (void)RunChild(cancel);
}

// On a GPU memory is the device's, which has its own words for it, and what its
// driver maps on the host is nothing to limit.
bool MayUseGpu(const Cell& cell) {
  return ValueOf(cell, "device") != "cpu" &&
         std::filesystem::exists("/dev/nvidiactl");
}

// The log's first line of an error, which is the cause; else its last line.
std::string WordsOf(const std::string& log) {
  std::string words;
  for (absl::string_view line : absl::StrSplit(log, '\n', absl::SkipEmpty())) {
    words = std::string(absl::StripAsciiWhitespace(line));
    if (absl::StrContains(line, "error: ")) break;
  }
  return words;
}

class Runner {
 public:
  Runner(const SweepOptions& options, const std::vector<Cell>& cells)
      : options_(options),
        cells_(cells),
        runs_(InterleavedRuns(cells, options.repeats)),
        outcomes_(ReadOutcomes(options, cells)) {}

  absl::Status Run() {
    std::printf("[SWEEP] %d cells, %d runs at most | %s\n",
                static_cast<int>(cells_.size()), static_cast<int>(runs_.size()),
                options_.output_dir.c_str());
    for (next_ = 0; next_ < runs_.size(); ++next_) {
      const std::string why = WhySkip(cells_, outcomes_, runs_[next_]);
      if (!why.empty()) {
        Say("SKIP", why);
        continue;
      }
      const absl::Status status = RunOne(runs_[next_]);
      if (!status.ok()) return status;
    }
    if (failed_ == 0) return absl::OkStatus();
    return absl::InternalError(absl::StrFormat(
        "%d of %d runs failed, as said above; the same command tries them "
        "again",
        failed_, runs_.size()));
  }

 private:
  const Cell& cell() const { return cells_[runs_[next_].cell]; }

  void Say(const char* what, const std::string& how) const {
    std::printf("[%s] %d/%d %s repeat %d | %s\n", what,
                static_cast<int>(next_ + 1), static_cast<int>(runs_.size()),
                cell().name.c_str(), runs_[next_].repeat + 1, how.c_str());
    std::fflush(stdout);
  }

  absl::Status RunOne(const PlannedRun& run) {
    const std::string folder = FolderOf(options_, cell(), run.repeat);
    Outcome& outcome = outcomes_[run.cell][run.repeat];
    // What a failed run left is in the way; what a stopped one left is not.
    const bool resume = outcome.kind == OutcomeKind::kPreempted;
    std::error_code ignored;
    if (!resume) std::filesystem::remove_all(folder, ignored);
    absl::Status status = MakeWritableDirectory(folder);
    if (!status.ok()) return status;
    const uint64_t kills = KernelKills();
    const auto end = RunChild(ChildOf(run, folder, resume, &status));
    if (!status.ok()) return status;
    if (!end.ok()) return end.status();
    outcome = Judge(folder, *end, KernelKills() > kills);
    return Report(outcome, *end, folder);
  }

  Child ChildOf(const PlannedRun& run, const std::string& folder, bool resume,
                absl::Status* status) const {
    RunRequest request;
    request.trainer = options_.trainer;
    request.folder = folder;
    request.data_path = options_.data_path;
    request.repeat = run.repeat;
    request.resume = resume;
    if (cell().rule == Rule::kEqualUpdates)
      request.max_updates = UpdatesToEqual(cells_, outcomes_, run.repeat);
    Child child;
    child.argv = TrainerCommand(cell(), request, options_.slurm);
    child.log = folder + kLog;
    child.stop = [](pid_t pid) { kill(pid, SIGTERM); };
    if (!options_.slurm) {
      if (options_.memory_limit_gb > 0 || !MayUseGpu(cell()))
        child.memory_limit_bytes =
            MemoryLimitBytes(options_.memory_limit_gb, cell().world_size);
      return child;
    }
    const uint64_t limit = options_.memory_limit_gb > 0
                               ? MemoryLimitBytes(options_.memory_limit_gb, 1)
                               : 0;
    *status = WriteFileAtomically(
        folder + kScript, SlurmScript(child.argv, TasksOf(cell()), limit));
    child.argv = SbatchCommand(cell(), options_.slurm_args, folder + kScript,
                               folder + kLog);
    child.log = folder + kJobNumber;
    child.stop = [folder](pid_t) { CancelJob(folder); };
    return child;
  }

  Outcome Judge(const std::string& folder, const ChildEnd& end,
                bool kernel_killed) const {
    const Outcome outcome = ReadOutcome(folder);
    if (IsResult(outcome) || outcome.kind == OutcomeKind::kPreempted ||
        end.stopped ||
        !KilledForMemory(TextOf(folder + kLog), end.signal == SIGKILL,
                         kernel_killed))
      return outcome;
    const absl::Status status =
        RecordOutOfMemory(folder, "the kernel killed a rank for memory");
    return status.ok() ? ReadOutcome(folder) : outcome;
  }

  absl::Status Report(Outcome& outcome, const ChildEnd& end,
                      const std::string& folder) {
    if (IsResult(outcome)) {
      outcome.wall_s = end.seconds;  // with starting and ending
      const auto left = EstimateSeconds(cells_, outcomes_, runs_, next_ + 1);
      Say("CELL",
          absl::StrFormat(
              "%s in %.1f s%s", OutcomeName(outcome.kind), end.seconds,
              left ? absl::StrCat(" | about ", DurationText(*left), " left")
                   : ""));
      return absl::OkStatus();
    }
    if (end.stopped) {
      Say("STOP", absl::StrCat(OutcomeName(outcome.kind),
                               " | the same command goes on"));
      return absl::CancelledError("");
    }
    outcome.kind = OutcomeKind::kFailed;
    ++failed_;
    std::string words = outcome.message;
    if (words.empty()) words = WordsOf(TextOf(folder + kLog));
    if (words.empty()) words = WordsOf(TextOf(folder + kJobNumber));
    Say("FAILED", absl::StrCat("exit code ", end.code, " | ", words));
    return absl::OkStatus();
  }

  const SweepOptions& options_;
  const std::vector<Cell>& cells_;
  const std::vector<PlannedRun> runs_;
  Outcomes outcomes_;
  size_t next_ = 0;  // index of the run that is judged or under way
  int failed_ = 0;
};

}  // namespace

std::string FolderOf(const SweepOptions& options, const Cell& cell,
                     int repeat) {
  return absl::StrCat(options.output_dir, "/", cell.name, "/r", repeat + 1);
}

Outcomes ReadOutcomes(const SweepOptions& options,
                      const std::vector<Cell>& cells) {
  Outcomes outcomes(cells.size());
  for (size_t i = 0; i < cells.size(); ++i)
    for (int repeat = 0; repeat < options.repeats; ++repeat)
      outcomes[i].push_back(ReadOutcome(FolderOf(options, cells[i], repeat)));
  return outcomes;
}

absl::Status RunCells(const SweepOptions& options,
                      const std::vector<Cell>& cells) {
  CatchSweepSignals();
  return Runner(options, cells).Run();
}

}  // namespace lockstep
