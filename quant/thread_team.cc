#include "quant/thread_team.h"

namespace lockstep::quant {
namespace {

constexpr int kSpins = 2000;   // about 30 to 80 us of pauses
constexpr int kYields = 1000;  // about 1 ms on an idle core

void Pause() { __builtin_ia32_pause(); }

// Whether `done` came true before it would be time to sleep.
template <typename Done>
bool WaitAwake(const Done& done) {
  for (int i = 0; i < kSpins; ++i, Pause())
    if (done()) return true;
  for (int i = 0; i < kYields; ++i, std::this_thread::yield())
    if (done()) return true;
  return done();
}

// For waits whose end is sure and near.
template <typename Done>
void WaitYielding(const Done& done) {
  while (!WaitAwake(done)) {
  }
}

}  // namespace

ThreadTeam::ThreadTeam(size_t threads) {
  for (size_t i = 1; i < threads; ++i)
    workers_.emplace_back([this, i] { Work(i); });
}

ThreadTeam::~ThreadTeam() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadTeam::Run(const std::function<void(size_t)>& task) {
  task_ = &task;
  running_ = workers_.size();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++started_;
  }
  wake_.notify_all();
  task(0);
  WaitYielding([&] { return running_ == 0; });
}

void ThreadTeam::Work(size_t thread) {
  for (size_t done = 0;; ++done) {
    const auto called = [&] { return stop_ || started_ > done; };
    if (!WaitAwake(called)) {
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait(lock, called);
    }
    if (stop_) return;
    (*task_)(thread);
    --running_;
  }
}

void ThreadTeam::Barrier() {
  const size_t passed = barriers_;
  if (++arrived_ == size()) {
    arrived_ = 0;
    ++barriers_;
    return;
  }
  WaitYielding([&] { return barriers_ > passed; });
}

}  // namespace lockstep::quant
