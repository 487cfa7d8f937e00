// One collective on the GPU, from its call to its end.

#ifndef LOCKSTEP_TRAIN_COMM_NCCL_FLIGHT_H_
#define LOCKSTEP_TRAIN_COMM_NCCL_FLIGHT_H_

#include <ATen/core/Tensor.h>

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "train/comm/communicator.h"
#include "train/comm/cuda_clock.h"
#include "train/comm/nccl_handle.h"

namespace lockstep {

struct NcclFlight {
  const char* what = "";
  // Referenced until the GPU is done with them: else the caching allocator
  // would give their memory to the next tensor of the caller's stream.
  std::vector<at::Tensor> tensors;
  std::shared_ptr<const CudaMoment> base;  // from before the flight
  CudaEvent ready, start, end;
  std::chrono::steady_clock::time_point deadline;
};

// Aborts `handle` if the flight has not ended by its deadline.
void EnforceDeadline(NcclHandle& handle, const NcclFlight& flight);

// Blocks the host until the flight is over. Unavailable if it failed or came
// past its deadline.
absl::Status WaitOnHost(NcclHandle& handle, const NcclFlight& flight);

class NcclReduce : public PendingReduce {
 public:
  NcclReduce(std::shared_ptr<NcclHandle> handle,
             std::shared_ptr<const NcclFlight> flight, int device)
      : handle_(std::move(handle)),
        flight_(std::move(flight)),
        device_(device) {}

  absl::Status Wait() override;
  // All zero after a failure.
  BucketInterval Times() override;

 private:
  const std::shared_ptr<NcclHandle> handle_;
  const std::shared_ptr<const NcclFlight> flight_;
  const int device_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_COMM_NCCL_FLIGHT_H_
