#include "train/testing_processes.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "tools/cli/file.h"
#include "train/launch/meeting_place.h"

namespace lockstep {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPollInterval = std::chrono::milliseconds(5);

// In the child: becomes the command.
void BecomeCommand(const std::string& command, const std::string& out,
                   const std::string& error) {
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  dup2(open(out.c_str(), flags, 0666), STDOUT_FILENO);
  dup2(open(error.c_str(), flags, 0666), STDERR_FILENO);
  execl("/bin/bash", "bash", "-c", command.c_str(), nullptr);
  _exit(127);
}

std::string TextOf(const std::string& path) {
  return ReadFile(path).value_or("");
}

}  // namespace

bool Await(const std::function<bool()>& is_so) {
  const auto until = Clock::now() + kPatience;
  while (!is_so()) {
    if (Clock::now() > until) return false;
    std::this_thread::sleep_for(kPollInterval);
  }
  return true;
}

Processes::Processes(std::string folder)
    : folder_(std::move(folder)), fault_(Clock::now()) {}

Processes::~Processes() {
  for (const Process& p : all_)
    if (p.running) kill(p.pid, SIGKILL);
  for (const Process& p : all_)
    if (p.running) waitpid(p.pid, nullptr, 0);
}

void Processes::Start(const std::string& command) {
  const std::string out = absl::StrCat(folder_, "/out", all_.size());
  const std::string error = absl::StrCat(folder_, "/error", all_.size());
  const pid_t pid = fork();
  if (pid == 0) BecomeCommand(command, out, error);
  all_.push_back({pid, true, {}});
}

std::string Processes::out(int i) const {
  return TextOf(absl::StrCat(folder_, "/out", i));
}

std::string Processes::error(int i) const {
  return TextOf(absl::StrCat(folder_, "/error", i));
}

void Processes::Fault(int i, int signal) {
  fault_ = Clock::now();
  kill(all_[i].pid, signal);
}

bool Processes::AwaitOutput(int i, const std::string& text) const {
  return Await([&] { return absl::StrContains(out(i), text); });
}

double Processes::SecondsSinceFault() const {
  return std::chrono::duration<double>(Clock::now() - fault_).count();
}

// Notes who has ended.
void Processes::Reap() {
  for (Process& p : all_) {
    int status = 0;
    if (!p.running || waitpid(p.pid, &status, WNOHANG) != p.pid) continue;
    p.running = false;
    p.end.seconds = SecondsSinceFault();
    p.end.code =
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
}

void Processes::Collect(const std::vector<int>& which) {
  const auto ended = [&] {
    Reap();
    return std::none_of(which.begin(), which.end(),
                        [this](int i) { return all_[i].running; });
  };
  if (Await(ended)) return;
  for (int i : which)
    if (all_[i].running) kill(all_[i].pid, SIGKILL);
  Await(ended);
}

Ended Processes::Wait(int i) {
  Collect({i});
  Ended end = all_[i].end;
  end.out = out(i);
  end.error = error(i);
  return end;
}

std::vector<Ended> Processes::Wait() {
  std::vector<int> which(all_.size());
  std::iota(which.begin(), which.end(), 0);
  Collect(which);
  std::vector<Ended> ends;
  for (int i : which) ends.push_back(Wait(i));
  return ends;
}

RunPlace NewRunPlace(int world_size, const std::string& folder) {
  // A port that was free a moment ago; rank 0 listens on it at once.
  const auto socket = ListenAt("127.0.0.1", 0);
  if (!socket.ok()) return {world_size, 0, folder};
  close(socket->fd);
  return {world_size, socket->port, folder};
}

std::string RankCommand(const RunPlace& place, int rank,
                        const std::string& flags) {
  return absl::StrCat(
      "exec env RANK=", rank, " LOCAL_RANK=", rank,
      " WORLD_SIZE=", place.world_size, " LOCAL_WORLD_SIZE=", place.world_size,
      " MASTER_ADDR=127.0.0.1 MASTER_PORT=", place.port,
      " train/ddp --threads 1 ", flags, " --output_dir ", place.folder);
}

std::vector<pid_t> LiveProcesses(const std::string& text) {
  std::vector<pid_t> pids;
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc", ignored)) {
    pid_t pid = 0;
    // A zombie's command line is empty.
    if (absl::SimpleAtoi(entry.path().filename().string(), &pid) &&
        pid != getpid() &&
        absl::StrContains(TextOf(entry.path() / "cmdline"), text))
      pids.push_back(pid);
  }
  return pids;
}

int Connections(int port) {
  const std::string hex = absl::StrFormat(":%04X ", port);
  int count = 0;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"})
    for (absl::string_view line : absl::StrSplit(TextOf(table), '\n'))
      count += absl::StrContains(line, hex) && absl::StrContains(line, " 01 ");
  return count;
}

std::vector<pid_t> Children(pid_t parent) {
  const std::string text =
      TextOf(absl::StrCat("/proc/", parent, "/task/", parent, "/children"));
  std::vector<pid_t> pids;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty()))
    pids.push_back(atoi(std::string(word).c_str()));
  return pids;
}

std::vector<pid_t> AwaitChildren(pid_t parent, size_t count) {
  std::vector<pid_t> pids;
  const bool all = Await([&] {
    pids = Children(parent);
    return pids.size() == count;
  });
  return all ? pids : std::vector<pid_t>();
}

}  // namespace lockstep
