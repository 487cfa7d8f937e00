// The collectives a data-parallel trainer needs, independent of who does them.
//
// Every rank calls the same collectives in the same order. A failure (a peer
// that went away, a time-out) is a Status, Unavailable; after it the
// communicator can only be destroyed. One thread a communicator; the
// collectives themselves run on the implementation's own threads or streams.

#ifndef LOCKSTEP_TRAIN_COMM_COMMUNICATOR_H_
#define LOCKSTEP_TRAIN_COMM_COMMUNICATOR_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace lockstep {

// An all-reduce under way.
class PendingReduce {
 public:
  virtual ~PendingReduce() = default;
  // Returns when the sum is usable.
  virtual absl::Status Wait() = 0;
  // When the sum was there, steady-clock nanoseconds; valid after Wait().
  virtual int64_t end_ns() const = 0;
};

class Communicator {
 public:
  virtual ~Communicator() = default;

  virtual int rank() const = 0;
  virtual int world_size() const = 0;
  // "gloo", as the run record names it.
  virtual std::string name() const = 0;

  // Starts replacing `tensor` (contiguous) by its sum over all ranks.
  // Reductions run one after the other, in the order of the calls. The tensor
  // must live and stay untouched until Wait().
  virtual std::unique_ptr<PendingReduce> AllReduceSum(at::Tensor tensor) = 0;

  // Replaces `tensor` (contiguous) by that of rank `root`.
  virtual absl::Status Broadcast(at::Tensor tensor, int root) = 0;

  // Every rank's bytes, by rank; lengths may differ.
  virtual absl::StatusOr<std::vector<std::string>> AllGather(
      const std::string& bytes) = 0;

  // Returns when every rank has called it.
  virtual absl::Status Barrier() = 0;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_COMM_COMMUNICATOR_H_
