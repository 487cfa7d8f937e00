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
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/cli/exit_code.h"
#include "train/launch/launch.h"

namespace lockstep {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kNoticeTime = std::chrono::seconds(10);
constexpr auto kTermTime = std::chrono::seconds(2);
constexpr auto kPollInterval = std::chrono::milliseconds(20);

// A private folder that goes with its owner.
class TemporaryFolder {
 public:
  absl::Status Make() {
    const char* base = getenv("TMPDIR");
    path_ = absl::StrCat(base == nullptr ? "/tmp" : base, "/lockstep.XXXXXX");
    if (mkdtemp(path_.data()) != nullptr) return absl::OkStatus();
    return absl::InternalError(
        absl::StrCat("cannot make folder ", path_, ": ", strerror(errno)));
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// In the child: becomes rank `rank`. Returns only if exec failed.
void BecomeRank(int rank, int nproc, const std::string& rendezvous,
                pid_t parent, char** argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kExitFailed);  // it died before prctl
  setenv(kLocalRank, absl::StrCat(rank).c_str(), 1);
  setenv(kLocalWorldSize, absl::StrCat(nproc).c_str(), 1);
  setenv(kLocalRendezvous, rendezvous.c_str(), 1);
  execv("/proc/self/exe", argv);
  fprintf(stderr, "cannot start rank %d: %s\n", rank, strerror(errno));
  _exit(kExitFailed);
}

// The ranks under way.
class Ranks {
 public:
  absl::Status Start(int nproc, const std::string& rendezvous, char** argv) {
    const pid_t parent = getpid();
    for (int rank = 0; rank < nproc; ++rank) {
      const pid_t pid = fork();
      if (pid < 0)
        return absl::InternalError(
            absl::StrCat("cannot start rank ", rank, ": ", strerror(errno)));
      if (pid == 0) BecomeRank(rank, nproc, rendezvous, parent, argv);
      pids_.push_back(pid);
    }
    return absl::OkStatus();
  }

  ~Ranks() {
    SignalAll(SIGKILL);
    while (running_left()) Reap(/*block=*/true);
  }

  // Waits for all; after the first failure the others' time is limited.
  int Wait() {
    while (running_left()) {
      if (!Reap(/*block=*/!failed_)) std::this_thread::sleep_for(kPollInterval);
      if (!failed_) continue;
      const auto since = Clock::now() - failed_at_;
      if (since > kNoticeTime + kTermTime) {
        SignalAll(SIGKILL);
      } else if (since > kNoticeTime) {
        SignalAll(SIGTERM);
      }
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
    if (pid <= 0) return pid < 0 && errno == EINTR;
    for (size_t rank = 0; rank < pids_.size(); ++rank) {
      if (pids_[rank] != pid) continue;
      pids_[rank] = 0;
      ++ended_;
      Judge(rank, status);
    }
    return true;
  }

  void Judge(int rank, int status) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
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

absl::StatusOr<int> RunLocalRanks(int nproc, char** argv) {
  TemporaryFolder folder;
  absl::Status status = folder.Make();
  if (!status.ok()) return status;
  fflush(nullptr);  // or every child prints it again
  Ranks ranks;
  status = ranks.Start(nproc, folder.path() + "/rendezvous", argv);
  if (!status.ok()) return status;
  return ranks.Wait();
}

}  // namespace lockstep
