#include "train/comm/nccl_flight.h"

#include <c10/cuda/CUDAStream.h>

#include <thread>

#include "absl/strings/str_cat.h"

namespace lockstep {
namespace {

constexpr auto kPollPeriod = std::chrono::microseconds(20);

}  // namespace

void EnforceDeadline(NcclHandle& handle, const NcclFlight& flight) {
  if (std::chrono::steady_clock::now() < flight.deadline) return;
  handle.Abort(absl::UnavailableError(absl::StrCat(
      flight.what, " failed: not over in time, a peer must have gone away")));
}

// The end comes after an abort too, hence the last look.
absl::Status WaitOnHost(NcclHandle& handle, const NcclFlight& flight) {
  for (;;) {
    const cudaError_t state = QueryEvent(flight.end.get());
    if (state != cudaSuccess && state != cudaErrorNotReady)
      handle.Abort(
          absl::UnavailableError(CudaStatus(flight.what, state).message()));
    const absl::Status status = handle.Check();
    if (!status.ok() || state == cudaSuccess) return status;
    EnforceDeadline(handle, flight);
    std::this_thread::sleep_for(kPollPeriod);
  }
}

absl::Status NcclReduce::Wait() {
  const absl::Status status = handle_->Check();
  if (!status.ok()) return status;
  const cudaStream_t current = c10::cuda::getCurrentCUDAStream(device_);
  return CudaStatus(flight_->what,
                    cudaStreamWaitEvent(current, flight_->end.get(), 0));
}

BucketInterval NcclReduce::Times() {
  if (!WaitOnHost(*handle_, *flight_).ok()) return {};
  return {HostNanoseconds(*flight_->base, flight_->ready),
          HostNanoseconds(*flight_->base, flight_->start),
          HostNanoseconds(*flight_->base, flight_->end)};
}

}  // namespace lockstep
