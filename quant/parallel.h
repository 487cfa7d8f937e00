// Splits a range of images over threads, a batch at a time.

#ifndef LOCKSTEP_QUANT_PARALLEL_H_
#define LOCKSTEP_QUANT_PARALLEL_H_

#include <cstddef>
#include <functional>

namespace lockstep::quant {

struct Parallelism {
  int threads = 1;
  size_t batch = 8;  // images a call of the body works on
};

// Told the number of images done so far, by any thread, one at a time.
using Tick = std::function<void(size_t done)>;

// Calls body(thread, begin, end) for batches that cover [0, count) once, on up
// to `threads` threads; thread numbers are below `threads`, and one number is
// never in two calls at a time. Each thread takes the next batch when it is
// free: a core that something else slows down takes fewer. Returns when all is
// done. `body` must not throw.
void ForEachBatch(
    size_t count, const Parallelism& parallelism,
    const std::function<void(int thread, size_t begin, size_t end)>& body,
    const Tick& tick = nullptr);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_PARALLEL_H_
