// A reduction that could not even start.

#ifndef LOCKSTEP_TRAIN_COMM_FAILED_REDUCE_H_
#define LOCKSTEP_TRAIN_COMM_FAILED_REDUCE_H_

#include <utility>

#include "absl/status/status.h"
#include "train/comm/communicator.h"

namespace lockstep {

class FailedReduce : public PendingReduce {
 public:
  explicit FailedReduce(absl::Status status) : status_(std::move(status)) {}
  absl::Status Wait() override { return status_; }
  BucketInterval Times() override { return {}; }

 private:
  const absl::Status status_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_COMM_FAILED_REDUCE_H_
