// A thread that waits in poll() and can be woken. Signals of the process go to
// other threads, so a handler never runs here.

#ifndef LOCKSTEP_TRAIN_LIFELINE_WORKER_H_
#define LOCKSTEP_TRAIN_LIFELINE_WORKER_H_

#include <atomic>
#include <functional>
#include <thread>

#include "absl/status/status.h"
#include "train/lifeline/socket.h"

namespace lockstep {

class Worker {
 public:
  Worker() = default;
  ~Worker() { Stop(); }

  // Runs `body` in the thread; it must return soon after stopping() is true.
  // Once. ResourceExhausted if the system has no thread or descriptor left.
  absl::Status Start(std::function<void()> body);

  // From any thread: wake_fd() becomes readable.
  void Wake();

  // From any other thread, as often as one likes: ends and joins the thread.
  void Stop();

  // For the body.
  bool stopping() const { return stopping_.load(); }
  int wake_fd() const { return wake_.get(); }
  void ClearWake();

 private:
  Fd wake_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LIFELINE_WORKER_H_
