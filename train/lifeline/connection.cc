#include "train/lifeline/connection.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

namespace lockstep {
namespace {

constexpr size_t kMaxUnsent = 64 << 10;
// Taken in one call, so that one peer cannot keep a loop from the others.
constexpr int kReadsPerCall = 16;
// 5 s of heartbeats without an answer.
constexpr int kPatience = 20;

bool IsTemporary(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

bool IsLinkError(int error) {
  return error == ETIMEDOUT || error == EHOSTUNREACH || error == ENETUNREACH ||
         error == ENETDOWN || error == EHOSTDOWN;
}

}  // namespace

void Connection::Send(const Message& message) {
  const std::string frame = Encode(message);
  if (unsent_.size() + frame.size() > kMaxUnsent) return;
  unsent_ += frame;
  Flush();
}

void Connection::SendHeartbeat(const Message& heartbeat) {
  ++heartbeats_since_heard_;
  const bool silent = heartbeats_since_heard_ > kPatience;
  if (has_unsent() || (silent && heartbeats_since_heard_ % kPatience != 0))
    return;
  Send(heartbeat);
}

void Connection::Flush() {
  while (!unsent_.empty() && error_ == 0) {
    const ssize_t sent =
        send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && IsTemporary(errno)) return;
    if (sent < 0) error_ = errno;
    if (sent > 0) unsent_.erase(0, sent);
  }
  // What had come before an error can still be read.
  if (error_ != 0) unsent_.clear();
}

Connection::State Connection::Receive(std::vector<Message>* messages) {
  char bytes[kMaxFrame];
  for (int i = 0; i < kReadsPerCall; ++i) {
    const ssize_t size = recv(socket_.get(), bytes, sizeof bytes, 0);
    if (size < 0 && IsTemporary(errno)) return State::kOpen;
    if (size < 0 && error_ == 0) error_ = errno;
    if (size <= 0) return Ended();
    heartbeats_since_heard_ = 0;
    const absl::Status status =
        reader_.Read(absl::string_view(bytes, size), messages);
    if (!status.ok()) {
      problem_ = std::string(status.message());
      return State::kNonsense;
    }
  }
  return State::kOpen;
}

Connection::State Connection::Ended() const {
  return IsLinkError(error_) ? State::kLinkLost : State::kClosed;
}

short Connection::wanted_events() const {
  return has_unsent() ? POLLIN | POLLOUT : POLLIN;
}

}  // namespace lockstep
