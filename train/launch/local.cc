#include "train/launch/local.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/temporary_folder.h"
#include "train/launch/launch.h"
#include "train/launch/stop_signal.h"

namespace lockstep {
namespace {

using Clock = std::chrono::steady_clock;

// What the other ranks get to end by themselves once one has failed: the
// lifeline's verdict at once and its grace (1.5 s), and some more.
constexpr auto kNoticeTime = std::chrono::seconds(4);
constexpr auto kPollInterval = std::chrono::milliseconds(20);

// The last stop signal, which is passed on to all ranks; 0 = none.
volatile sig_atomic_t signal_to_forward = 0;

void RememberSignal(int signal) { signal_to_forward = signal; }

void HandleStopSignals(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  for (int signal : kStopSignals) sigaction(signal, &action, nullptr);
}

// Not success, a wish to stop, or an input that stays bad.
bool IsWorthARestart(int code) {
  return code != kExitOk && code != kExitPreempted && code != kExitUsage;
}

// In the child: becomes rank `rank`.
[[noreturn]] void BecomeRank(int rank, int nproc, const std::string& rendezvous,
                             pid_t parent,
                             const std::function<int()>& be_rank) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kExitFailed);  // it died before prctl
  setenv(kLocalRank, absl::StrCat(rank).c_str(), 1);
  setenv(kLocalWorldSize, absl::StrCat(nproc).c_str(), 1);
  setenv(kLocalRendezvous, rendezvous.c_str(), 1);
  HandleStopSignals(SIG_DFL);  // until it has its own
  exit(be_rank());
}

// The ranks under way.
class Ranks {
 public:
  absl::Status Start(int nproc, const std::string& rendezvous,
                     const std::function<int()>& be_rank) {
    const pid_t parent = getpid();
    // A rank takes them up once it has its handlers.
    HoldStopSignals();
    for (int rank = 0; rank < nproc; ++rank) {
      const pid_t pid = fork();
      if (pid < 0)
        return absl::InternalError(
            absl::StrCat("cannot start rank ", rank, ": ", strerror(errno)));
      if (pid == 0) BecomeRank(rank, nproc, rendezvous, parent, be_rank);
      pids_.push_back(pid);
    }
    TakeStopSignals();
    return absl::OkStatus();
  }

  ~Ranks() {
    SignalAll(SIGKILL);
    while (running_left()) Reap(/*block=*/true);
  }

  // Waits for all; after the first failure the others' time is limited.
  int Wait() {
    while (running_left()) {
      // Polls, or a signal between a check and waitpid would not be seen.
      if (!Reap(/*block=*/false)) std::this_thread::sleep_for(kPollInterval);
      if (signal_to_forward != 0) {
        SignalAll(signal_to_forward);
        signal_to_forward = 0;
      }
      if (failed_ && Clock::now() - failed_at_ > kNoticeTime)
        SignalAll(SIGKILL);  // one that is stopped, too
    }
    return code_;
  }

 private:
  bool running_left() const { return ended_ < pids_.size(); }

  void SignalAll(int signal) {
    for (pid_t pid : pids_)
      if (pid > 0) kill(pid, signal);
  }

  // Collects one ended rank; false if none has ended.
  bool Reap(bool block) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, block ? 0 : WNOHANG);
    if (pid <= 0) return false;
    for (size_t rank = 0; rank < pids_.size(); ++rank) {
      if (pids_[rank] != pid) continue;
      pids_[rank] = 0;
      ++ended_;
      Judge(rank, status);
    }
    return true;
  }

  void Judge(int rank, int status) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == kExitOk) return;
    if (WIFEXITED(status) && WEXITSTATUS(status) == kExitPreempted) {
      if (!failed_) code_ = kExitPreempted;  // a checkpoint, no failure
      return;
    }
    int code = kExitFailed;
    if (WIFEXITED(status)) {
      code = WEXITSTATUS(status);
    } else if (!failed_) {
      fprintf(stderr, "ddp: error: rank %d was ended by signal %d (%s)\n", rank,
              WTERMSIG(status), strsignal(WTERMSIG(status)));
    }
    // The first cause wins; a rank that lost its peer is a consequence.
    if (!failed_ || code_ == kExitPeerFailed) code_ = code;
    if (!failed_) failed_at_ = Clock::now();
    failed_ = true;
  }

  std::vector<pid_t> pids_;  // 0 = ended
  size_t ended_ = 0;
  bool failed_ = false;
  Clock::time_point failed_at_;
  int code_ = kExitOk;
};

}  // namespace

absl::StatusOr<int> RunLocalRanks(int nproc, int max_restarts,
                                  const std::function<int()>& be_rank) {
  HandleStopSignals(RememberSignal);  // Ranks::Wait() polls
  for (int attempt = 0;; ++attempt) {
    TemporaryFolder folder;
    absl::Status status = folder.Make();
    if (!status.ok()) return status;
    fflush(nullptr);  // or every child prints it again
    setenv(kLocalRestartCount, absl::StrCat(attempt).c_str(), 1);
    Ranks ranks;
    status = ranks.Start(nproc, folder.path() + "/rendezvous", be_rank);
    if (!status.ok()) return status;
    const int code = ranks.Wait();
    if (attempt == max_restarts || !IsWorthARestart(code)) return code;
    fprintf(stderr, "ddp: note: restart %d of %d\n", attempt + 1, max_restarts);
  }
}

}  // namespace lockstep
