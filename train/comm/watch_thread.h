// A thread that looks after something, every so often.

#ifndef LOCKSTEP_TRAIN_COMM_WATCH_THREAD_H_
#define LOCKSTEP_TRAIN_COMM_WATCH_THREAD_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace lockstep {

class WatchThread {
 public:
  // Calls `look` at once and then `period` after each call's end.
  WatchThread(std::chrono::milliseconds period, std::function<void()> look);
  // Returns after the last call.
  ~WatchThread();
  WatchThread(const WatchThread&) = delete;
  WatchThread& operator=(const WatchThread&) = delete;

 private:
  void Run();

  const std::chrono::milliseconds period_;
  const std::function<void()> look_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;  // under mutex_
  std::thread thread_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_COMM_WATCH_THREAD_H_
