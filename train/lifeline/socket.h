// Sockets of a lifeline: non-blocking, closed on exec, and dead within a known
// time when the network below them is. No function raises a signal.

#ifndef LOCKSTEP_TRAIN_LIFELINE_SOCKET_H_
#define LOCKSTEP_TRAIN_LIFELINE_SOCKET_H_

#include <chrono>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace lockstep {

// Owns a file descriptor; -1 = none.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { Close(); }
  int get() const { return fd_; }
  void Close();

 private:
  int fd_;
};

// A listener on `address` (a number or a name; "" = all) and a port that the
// system chooses. InvalidArgument names an address that is not this host's.
absl::StatusOr<Fd> Listen(const std::string& address);

// The port that a listener has; 0 if it has none.
int LocalPort(const Fd& listener);

// A connection. Unavailable says why there is none after `timeout`;
// InvalidArgument names an address that cannot be resolved.
absl::StatusOr<Fd> Dial(const std::string& address, int port,
                        std::chrono::milliseconds timeout);

// The connection fails when the peer's kernel answers nothing for `timeout`
// (at least 1 s), whether something is under way or not. A peer that is merely
// stopped (SIGSTOP) does not count: its kernel answers.
void SetLinkTimeout(const Fd& socket, std::chrono::milliseconds timeout);

// Tells a lost link sooner than the kernel's own timeout, which took 2.0 to
// 3.0 s for a limit of 2 s when a cable was pulled; with this it was 2.0 to
// 2.3 s. For one socket, to be asked several times a second; over a longer
// pause (this process was stopped) it starts anew.
class LinkWatch {
 public:
  // Bytes wait for an answer, and the peer's kernel has said nothing for
  // `timeout`.
  bool IsLost(const Fd& socket, std::chrono::milliseconds timeout);

 private:
  std::chrono::steady_clock::time_point asked_, answered_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LIFELINE_SOCKET_H_
