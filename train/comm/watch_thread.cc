#include "train/comm/watch_thread.h"

#include <utility>

namespace lockstep {

WatchThread::WatchThread(std::chrono::milliseconds period,
                         std::function<void()> look)
    : period_(period), look_(std::move(look)), thread_([this] { Run(); }) {}

WatchThread::~WatchThread() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void WatchThread::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!ending_) {
    lock.unlock();
    look_();
    lock.lock();
    changed_.wait_for(lock, period_, [&] { return ending_; });
  }
}

}  // namespace lockstep
