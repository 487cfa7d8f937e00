#include "train/lifeline/testing_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"
#include "train/lifeline/testing_run.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;

// Lines over a socket pair.
class Wire {
 public:
  explicit Wire(int fd, std::string* received) : fd_(fd), received_(received) {}

  void Say(const std::string& text) {
    const std::string line = text + "\n";
    std::ignore = send(fd_, line.data(), line.size(), MSG_NOSIGNAL);
  }

  // False if no whole line has come in `timeout`, or the other end is gone.
  bool Hear(milliseconds timeout, std::string* line) {
    while (true) {
      const size_t end = received_->find('\n');
      if (end != std::string::npos) {
        *line = received_->substr(0, end);
        received_->erase(0, end + 1);
        return true;
      }
      pollfd waiting = {fd_, POLLIN, 0};
      if (poll(&waiting, 1, timeout.count()) <= 0) return false;
      char bytes[1024];
      const ssize_t size = recv(fd_, bytes, sizeof bytes, 0);
      if (size <= 0) return false;
      received_->append(bytes, size);
    }
  }

 private:
  const int fd_;
  std::string* const received_;
};

// The child: one rank's life.
class Rank {
 public:
  Rank(const ProcessOptions& options, int fd)
      : options_(options), wire_(fd, &received_) {}

  void Run() {
    if (options_.before) options_.before();
    wire_.Say("begun");
    const int port = FindPort();
    Lifeline::Options o = options_.lifeline;
    o.self.pid = getpid();
    o.on_verdict = [this](const Verdict& v) {
      wire_.Say(absl::StrCat("verdict ", v.rank, " ", v.cause));
    };
    o.on_stop = [this](const std::string& why) { wire_.Say("stop " + why); };
    auto lifeline = Lifeline::Connect(options_.address, port, o);
    if (!lifeline.ok())
      return wire_.Say(absl::StrCat("error ", lifeline.status().message()));
    lifeline_ = *std::move(lifeline);
    Train();
  }

 private:
  int FindPort() {
    if (options_.lifeline.self.rank == 0) {
      auto server = LifelineServer::Start(options_.address, options_.server);
      if (server.ok()) server_ = *std::move(server);
      const int port = server_ ? server_->port() : 0;
      wire_.Say(absl::StrCat("port ", port));
      return port;
    }
    std::string line;
    while (wire_.Hear(kTestPatience, &line))
      if (absl::StartsWith(line, "port ")) return atoi(line.c_str() + 5);
    return 0;
  }

  // Ends by "leave", or with the test.
  void Train() {
    lifeline_->Tick("forward", 0);
    std::ignore = lifeline_->MeasureClock(1);  // now the server knows the tick
    wire_.Say("ready");
    for (int64_t step = 1;; ++step) {
      if (!frozen_) lifeline_->Tick("forward", step);
      std::string line;
      if (wire_.Hear(milliseconds(10), &line) && Obey(line)) return;
    }
  }

  // True when that is the end.
  bool Obey(absl::string_view line) {
    if (line == "freeze") frozen_ = true;
    if (absl::ConsumePrefix(&line, "fail ")) lifeline_->Fail(line);
    if (absl::ConsumePrefix(&line, "victim ")) lifeline_->FailAsVictim(line);
    if (absl::ConsumePrefix(&line, "stop ")) lifeline_->RequestStop(line);
    if (line != "leave") return false;
    lifeline_->Leave();
    if (server_) server_->AwaitGoodbyes(kTestPatience);
    server_.reset();
    wire_.Say("left");
    return true;
  }

  const ProcessOptions& options_;
  std::string received_;
  Wire wire_;
  bool frozen_ = false;
  std::unique_ptr<LifelineServer> server_;
  std::unique_ptr<Lifeline> lifeline_;
};

}  // namespace

RankProcess::RankProcess(const ProcessOptions& options) {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) abort();
  wire_ = Fd(fds[0]);
  const Fd theirs(fds[1]);
  pid_ = fork();
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  wire_.Close();
  Rank(options, theirs.get()).Run();
  _exit(0);
}

RankProcess::RankProcess(RankProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      wire_(std::move(other.wire_)),
      received_(std::move(other.received_)) {}

RankProcess::~RankProcess() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void RankProcess::Tell(const std::string& line) {
  Wire(wire_.get(), &received_).Say(line);
}

std::string RankProcess::Await(const std::string& word) {
  Wire wire(wire_.get(), &received_);
  std::string line;
  while (wire.Hear(kTestPatience, &line))
    if (absl::StartsWith(line, word))
      return std::string(absl::StripPrefix(absl::StripPrefix(line, word), " "));
  return "(nothing)";
}

void RankProcess::Signal(int signal) { kill(pid_, signal); }

}  // namespace lockstep
