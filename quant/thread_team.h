// Threads that wait for short tasks without sleeping at once.

#ifndef LOCKSTEP_QUANT_THREAD_TEAM_H_
#define LOCKSTEP_QUANT_THREAD_TEAM_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace lockstep::quant {

// A fixed number of threads, of which the caller of Run is one. A waiting
// thread spins, then yields, and after about a millisecond sleeps: a layer of
// batch 1 takes 10 to 100 microseconds, waking a thread about 50.
class ThreadTeam {
 public:
  explicit ThreadTeam(size_t threads);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;

  size_t size() const { return workers_.size() + 1; }

  // Calls task(thread) once for each thread below size(), at the same time,
  // and returns when all have returned. `task` must not throw. Not reentrant;
  // one caller at a time.
  void Run(const std::function<void(size_t thread)>& task);

  // Within a task that all threads run: returns when each has called it as
  // often as this one. What was written before is seen after.
  void Barrier();

 private:
  void Work(size_t thread);

  std::vector<std::thread> workers_;
  const std::function<void(size_t)>* task_ = nullptr;
  std::atomic<size_t> started_{0};   // tasks, ever
  std::atomic<size_t> running_{0};   // workers, in the present one
  std::atomic<size_t> arrived_{0};   // at the present barrier
  std::atomic<size_t> barriers_{0};  // passed, ever
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable wake_;  // of started_ and stop_
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_THREAD_TEAM_H_
