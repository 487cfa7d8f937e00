// One end of a lifeline: messages over a non-blocking socket. Never blocks. Not
// for several threads at once.

#ifndef LOCKSTEP_TRAIN_LIFELINE_CONNECTION_H_
#define LOCKSTEP_TRAIN_LIFELINE_CONNECTION_H_

#include <string>
#include <vector>

#include "train/lifeline/message.h"
#include "train/lifeline/socket.h"

namespace lockstep {

class Connection {
 public:
  enum class State {
    kOpen,
    kClosed,    // by the peer, or by its end
    kLinkLost,  // the network below answers no more
    kNonsense,  // the peer sent what no lifeline sends; see problem()
  };

  explicit Connection(Fd socket) : socket_(std::move(socket)) {}
  Connection(Connection&&) = default;
  Connection& operator=(Connection&&) = default;

  // Sends, or keeps for Flush() what the socket does not take now. What does
  // not fit in 64 KiB of kept bytes is dropped: such a peer reads nothing.
  void Send(const Message& message);

  // Sends a heartbeat unless that is no use: others still wait to be sent, or
  // the peer has been silent for seconds. To a silent one only every 20th
  // goes, or a process that was stopped for minutes would find its window
  // full, and a full window looks like a lost link.
  void SendHeartbeat(const Message& heartbeat);

  void Flush();

  // The peer's kernel has left bytes unanswered for `timeout`.
  bool IsLinkLost(std::chrono::milliseconds timeout) {
    return link_.IsLost(socket_, timeout);
  }

  // Takes what has come; messages before the end are there with the end.
  State Receive(std::vector<Message>* messages);

  void Close() { socket_.Close(); }

  // For poll(); -1 once closed.
  int fd() const { return socket_.get(); }
  short wanted_events() const;
  bool has_unsent() const { return !unsent_.empty(); }
  const std::string& problem() const { return problem_; }

 private:
  State Ended() const;

  Fd socket_;
  LinkWatch link_;
  MessageReader reader_;
  std::string unsent_;
  std::string problem_;
  int error_ = 0;  // the first errno; only one call is told of it
  int heartbeats_since_heard_ = 0;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LIFELINE_CONNECTION_H_
