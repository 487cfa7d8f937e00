// Tests only: a communicator that lies, to prove that checks notice.

#ifndef LOCKSTEP_TRAIN_SELFCHECK_FAULTY_COMMUNICATOR_H_
#define LOCKSTEP_TRAIN_SELFCHECK_FAULTY_COMMUNICATOR_H_

#include <memory>
#include <string>
#include <vector>

#include "train/comm/communicator.h"

namespace lockstep {

enum class Fault {
  kNone,
  kWrongElement,     // one element of each sum is 1 too much
  kReorderedSum,     // the elements of each sum are moved by one
  kLostBroadcast,    // this rank keeps its own tensor
  kReorderedGather,  // bytes are attributed to other ranks
  kShortenedGather,  // the last byte is missing
};

// Does what `real`, which must outlive it, does, but for `fault`, which is this
// rank's alone. Sums of up to 8 elements stay right.
class FaultyCommunicator : public Communicator {
 public:
  FaultyCommunicator(Communicator& real, Fault fault)
      : real_(real), fault_(fault) {}

  int rank() const override { return real_.rank(); }
  int world_size() const override { return real_.world_size(); }
  std::string name() const override { return real_.name(); }
  std::unique_ptr<PendingReduce> AllReduceSum(at::Tensor tensor) override;
  absl::Status Broadcast(at::Tensor tensor, int root) override;
  absl::StatusOr<std::vector<std::string>> AllGather(
      const std::string& bytes) override;
  absl::Status Barrier() override { return real_.Barrier(); }

 private:
  Communicator& real_;
  const Fault fault_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_SELFCHECK_FAULTY_COMMUNICATOR_H_
