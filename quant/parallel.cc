#include "quant/parallel.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <vector>

namespace lockstep::quant {
namespace {

// The batches not yet taken and the images done, behind one lock: a batch takes
// milliseconds, the lock nanoseconds.
class Queue {
 public:
  Queue(size_t count, size_t batch) : count_(count), batch_(batch) {}

  // False when nothing is left.
  bool Take(size_t& begin, size_t& end) {
    const std::lock_guard<std::mutex> lock(mutex_);
    begin = next_;
    end = next_ = std::min(count_, next_ + batch_);
    return begin < end;
  }

  void Done(size_t images, const Tick& tick) {
    const std::lock_guard<std::mutex> lock(mutex_);
    done_ += images;
    if (tick) tick(done_);
  }

 private:
  const size_t count_, batch_;
  std::mutex mutex_;
  size_t next_ = 0;
  size_t done_ = 0;
};

}  // namespace

void ForEachBatch(
    size_t count, const Parallelism& parallelism,
    const std::function<void(int thread, size_t begin, size_t end)>& body,
    const Tick& tick) {
  const size_t batch = std::max<size_t>(parallelism.batch, 1);
  Queue queue(count, batch);
  const auto work = [&](int thread) {
    for (size_t begin, end; queue.Take(begin, end);) {
      body(thread, begin, end);
      queue.Done(end - begin, tick);
    }
  };
  const size_t useful =
      std::min<size_t>(parallelism.threads, (count + batch - 1) / batch);
  std::vector<std::thread> others;
  for (size_t i = 1; i < useful; ++i) others.emplace_back(work, i);
  work(0);
  for (std::thread& other : others) other.join();
}

}  // namespace lockstep::quant
