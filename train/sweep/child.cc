#include "train/sweep/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/cli/exit_code.h"
#include "train/launch/stop_signal.h"

namespace lockstep {
namespace {

using Clock = std::chrono::steady_clock;

// A checkpoint of a large net on a slow disk, and some more.
constexpr auto kGrace = std::chrono::seconds(30);
constexpr auto kPollInterval = std::chrono::milliseconds(20);

void OnInterrupt(int) { RequestStop(); }

// Blocked from before the fork until the child has no handler of ours left: a
// request to end must not get lost in one.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t signals;
    sigemptyset(&signals);
    for (int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&signals, signal);
    sigprocmask(SIG_BLOCK, &signals, &before_);
  }
  ~SignalsBlocked() { sigprocmask(SIG_SETMASK, &before_, nullptr); }

  // In the child, in place of the destructor.
  void ForgetHandlers() const {
    for (int one : {SIGINT, SIGTERM, SIGUSR1}) signal(one, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t before_;
};

std::vector<char*> Pointers(const std::vector<std::string>& argv) {
  std::vector<char*> pointers;
  for (const std::string& argument : argv)
    pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// In the child; returns only if it cannot be.
void Become(const Child& child, char* const* argv, int log, pid_t parent,
            const SignalsBlocked& signals) {
  setpgid(0, 0);
  signals.ForgetHandlers();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kExitFailed);  // it died before prctl
  if (child.memory_limit_bytes > 0) {
    const rlimit limit = {child.memory_limit_bytes, child.memory_limit_bytes};
    setrlimit(RLIMIT_DATA, &limit);
  }
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execvp(argv[0], argv);
  std::fprintf(stderr, "sweep: error: cannot start %s: %s\n", argv[0],
               strerror(errno));
  _exit(127);
}

// Polls: a signal between a check and a blocking wait would not be seen.
ChildEnd Wait(const Child& child, pid_t pid) {
  ChildEnd end;
  const auto begin = Clock::now();
  auto kill_at = Clock::time_point::max();
  int status = 0;
  while (waitpid(pid, &status, WNOHANG) != pid) {
    if (StopRequested() && !end.stopped) {
      end.stopped = true;
      kill_at = Clock::now() + kGrace;
      child.stop(pid);
    }
    if (Clock::now() > kill_at) kill(-pid, SIGKILL);
    std::this_thread::sleep_for(kPollInterval);
  }
  end.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  end.code = WIFSIGNALED(status) ? 128 + end.signal : WEXITSTATUS(status);
  return end;
}

}  // namespace

void CatchSweepSignals() {
  CatchStopSignals();
  struct sigaction action = {};
  action.sa_handler = OnInterrupt;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
}

absl::StatusOr<ChildEnd> RunChild(const Child& child) {
  const int log =
      open(child.log.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);
  if (log < 0)
    return absl::InternalError(
        absl::StrCat("cannot write ", child.log, ": ", strerror(errno)));
  const std::vector<char*> argv = Pointers(child.argv);
  std::fflush(nullptr);  // or the child prints it again
  const pid_t parent = getpid();
  pid_t pid = 0;
  int error = 0;
  {
    const SignalsBlocked signals;
    pid = fork();
    error = errno;
    if (pid == 0) Become(child, argv.data(), log, parent, signals);
  }
  close(log);
  if (pid < 0)
    return absl::InternalError(
        absl::StrCat("cannot start ", child.argv[0], ": ", strerror(error)));
  return Wait(child, pid);
}

}  // namespace lockstep
