// One thread that runs what it is given, one after the other.

#ifndef LOCKSTEP_TRAIN_COMM_SERIAL_THREAD_H_
#define LOCKSTEP_TRAIN_COMM_SERIAL_THREAD_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace lockstep {

// Thread-safe.
class SerialThread {
 public:
  SerialThread();
  // Runs all that was posted, then ends: a task must not wait for ever.
  ~SerialThread();
  SerialThread(const SerialThread&) = delete;
  SerialThread& operator=(const SerialThread&) = delete;

  // Tasks run in the order in which they were posted.
  void Post(std::function<void()> task);

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;  // under mutex_
  bool ending_ = false;                      // under mutex_
  std::thread thread_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_COMM_SERIAL_THREAD_H_
