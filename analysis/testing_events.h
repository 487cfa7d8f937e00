// One synthetic run with as many bucket events as asked for, written as it is
// made: as a record, and as the traces that a GPU profiler would have left.
//
// A step of every rank: data 1 ms, forward 10 ms, backward 20 ms with the
// buckets' collectives evenly in it, 1 ms of them exposed, optimiser 2 ms.
// Times vary by up to 5 % from step to step and rank to rank, the same at every
// call.

#ifndef LOCKSTEP_ANALYSIS_TESTING_EVENTS_H_
#define LOCKSTEP_ANALYSIS_TESTING_EVENTS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace lockstep::analysis {

// ranks x buckets x steps are the events.
struct EventShape {
  uint32_t ranks = 8;
  uint32_t buckets = 25;
  uint32_t steps = 5000;
};

// A record at `path`: an epoch of one step to warm up and one of the others.
// AlreadyExists if there is something.
absl::Status WriteEventRecord(const EventShape& shape, const std::string& path);

// `folder`/rank0.json and so on, in Kineto's format: a ProfilerStep annotation
// a step, kernels of forward, backward and optimiser on stream 7, a kernel
// ncclDevKernel_AllReduce_Sum_f32_RING_LL a bucket on stream 20, and the launch
// of each.
absl::Status WriteEventTraces(const EventShape& shape,
                              const std::string& folder);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_TESTING_EVENTS_H_
