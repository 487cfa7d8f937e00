#include "train/selfcheck/faulty_communicator.h"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

// Such small sums carry what checks say to each other.
constexpr int64_t kSpared = 8;

class FaultyReduce : public PendingReduce {
 public:
  FaultyReduce(std::unique_ptr<PendingReduce> real, at::Tensor tensor,
               Fault fault)
      : real_(std::move(real)), tensor_(std::move(tensor)), fault_(fault) {}

  absl::Status Wait() override {
    const absl::Status status = real_->Wait();
    if (!status.ok() || tensor_.numel() <= kSpared) return status;
    if (fault_ == Fault::kWrongElement) tensor_[tensor_.numel() / 2] += 1;
    if (fault_ == Fault::kReorderedSum) tensor_.copy_(tensor_.roll(1));
    return status;
  }
  BucketInterval Times() override { return real_->Times(); }

 private:
  const std::unique_ptr<PendingReduce> real_;
  const at::Tensor tensor_;
  const Fault fault_;
};

}  // namespace

std::unique_ptr<PendingReduce> FaultyCommunicator::AllReduceSum(
    at::Tensor tensor) {
  return std::make_unique<FaultyReduce>(real_.AllReduceSum(tensor), tensor,
                                        fault_);
}

absl::Status FaultyCommunicator::Broadcast(at::Tensor tensor, int root) {
  return real_.Broadcast(
      fault_ == Fault::kLostBroadcast ? tensor.clone() : tensor, root);
}

absl::StatusOr<std::vector<std::string>> FaultyCommunicator::AllGather(
    const std::string& bytes) {
  auto all = real_.AllGather(bytes);
  if (!all.ok()) return all;
  if (fault_ == Fault::kReorderedGather)
    std::rotate(all->begin(), all->begin() + 1, all->end());
  if (fault_ == Fault::kShortenedGather && !all->back().empty())
    all->back().pop_back();
  return all;
}

}  // namespace lockstep
