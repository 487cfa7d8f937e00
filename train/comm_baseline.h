// The all-reduce alone: what the run's own communicator does with the run's own
// sizes when nothing computes beside it. Training cannot be faster than this;
// how much slower it is, is what overlap and late ranks cost.

#ifndef LOCKSTEP_TRAIN_COMM_BASELINE_H_
#define LOCKSTEP_TRAIN_COMM_BASELINE_H_

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "train/baseline_row.h"
#include "train/comm/communicator.h"

namespace lockstep {

struct BaselineOptions {
  int warmup = 2;    // reductions of each size that are not timed, 0 or more
  int repeats = 10;  // that are, 1 or more
};

// All-reduces each size of `bytes` in turn: a barrier, one reduction, wait.
// A repeat's time is the minimum over ranks of PendingReduce::Times(), as for
// the buckets of a step, so that a rank that comes late does not count.
//
// Every result, those of the warm-up too, is compared with the exact sum: the
// inputs are small whole numbers that differ between ranks and repeats, and no
// type rounds their sums.
//
// Collective: the same arguments on all ranks, which all get the same rows.
// Holds two tensors of the largest size. InvalidArgument if a size is no whole
// number of elements or the type is no float type; Unavailable if a peer went
// away. Exceptions of torch (no memory) pass through.
absl::StatusOr<std::vector<BaselineRow>> MeasureCommBaseline(
    Communicator& comm, const std::vector<int64_t>& bytes, at::ScalarType type,
    at::Device device, const BaselineOptions& options = {});

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_COMM_BASELINE_H_
