// What one rank measured in one step: plain numbers between the trainer, which
// sees torch, and the recorder, which sees protobuf.

#ifndef LOCKSTEP_TRAIN_STEP_TIMING_H_
#define LOCKSTEP_TRAIN_STEP_TIMING_H_

#include <chrono>
#include <cstdint>
#include <vector>

namespace lockstep {

// Nanoseconds of the steady clock, the only clock that durations come from.
inline int64_t SteadyNanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// One bucket's way through a step; steady-clock nanoseconds.
struct BucketInterval {
  int64_t ready_ns = 0;  // its last gradient was there
  int64_t start_ns =
      0;               // its all-reduce began: max(ready, end of the previous)
  int64_t end_ns = 0;  // its sum was there
};

// A rank's steady clock against that of rank 0: subtract the offset from this
// rank's times to have them on rank 0's clock.
struct ClockOffset {
  int64_t offset_ns = 0;  // this rank's clock minus rank 0's
  int64_t error_ns = 0;   // the offset is right within this
};

// Moments of a step, steady-clock nanoseconds, in order. A phase lasts from the
// moment before it to its own.
struct StepTiming {
  int64_t begin_ns = 0;
  int64_t data_ns = 0;       // the batch is in memory
  int64_t h2d_ns = 0;        // it is on the device; data_ns on a CPU
  int64_t forward_ns = 0;    // the loss is known
  int64_t backward_ns = 0;   // autograd is done, communication excluded
  int64_t comm_ns = 0;       // averaged gradients are usable
  int64_t optimizer_ns = 0;  // parameters are updated
  int64_t end_ns = 0;
  std::vector<BucketInterval> buckets;  // in launch order; empty for one rank
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_STEP_TIMING_H_
