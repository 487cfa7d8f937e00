// CUDA events, reused, and their moments on the host's steady clock.
//
// An event knows its distance to another event only. So a base event is
// recorded on an idle stream between two readings of the host's clock, and
// other events are placed by their distance to it. The error is that of the
// base (half the narrowest of a few readings' intervals, error_ns) plus the
// resolution of cudaEventElapsedTime (0.5 us by its documentation, and a float
// of milliseconds: 0.06 us at 1 s, 4 us at 1 min) plus the drift of the two
// clocks since the base was taken. Hence a new base about once a second.

#ifndef LOCKSTEP_TRAIN_COMM_CUDA_CLOCK_H_
#define LOCKSTEP_TRAIN_COMM_CUDA_CLOCK_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cuda_runtime_api.h"

namespace lockstep {

// OK or Internal with CUDA's name of the error, which is then forgotten: CUDA
// keeps a thread's last error, and LibTorch would report it for its next
// kernel.
absl::Status CudaStatus(const char* what, cudaError_t error);

// cudaSuccess, cudaErrorNotReady (forgotten likewise) or an error.
cudaError_t QueryEvent(cudaEvent_t event);

// An event with timing; goes back to its pool when the last copy is destroyed.
using CudaEvent = std::shared_ptr<CUevent_st>;

// Events of one device. Thread-safe; events may outlive the variable, not the
// CUDA context.
class CudaEventPool : public std::enable_shared_from_this<CudaEventPool> {
 public:
  static std::shared_ptr<CudaEventPool> Make();
  ~CudaEventPool();

  // Created on the current device when none is free.
  absl::StatusOr<CudaEvent> Take();
  // Takes one and records it on `stream`.
  absl::StatusOr<CudaEvent> Record(cudaStream_t stream);

 private:
  CudaEventPool() = default;

  std::mutex mutex_;
  std::vector<cudaEvent_t> free_;  // under mutex_
};

// A moment on both clocks.
struct CudaMoment {
  CudaEvent event;
  int64_t host_ns = 0;   // steady clock
  int64_t error_ns = 0;  // of host_ns, either way
};

// When `event`, which is over and was recorded after `base`, happened: steady
// nanoseconds; 0 if CUDA cannot tell.
int64_t HostNanoseconds(const CudaMoment& base, const CudaEvent& event);

// Thread-safe. Used with its device as the current one.
class CudaClock {
 public:
  static absl::StatusOr<std::unique_ptr<CudaClock>> Make(
      std::shared_ptr<CudaEventPool> events);
  ~CudaClock();
  CudaClock(const CudaClock&) = delete;
  CudaClock& operator=(const CudaClock&) = delete;

  // Takes a new base; blocks until the GPU has run a few empty events, 1 s at
  // most each.
  absl::Status Refresh();
  std::shared_ptr<const CudaMoment> base() const;

 private:
  explicit CudaClock(std::shared_ptr<CudaEventPool> events)
      : events_(std::move(events)) {}
  absl::StatusOr<CudaMoment> ReadOnce();

  const std::shared_ptr<CudaEventPool> events_;
  cudaStream_t stream_ = nullptr;  // only for base events, hence idle
  mutable std::mutex mutex_;
  std::shared_ptr<const CudaMoment> base_;  // under mutex_
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_COMM_CUDA_CLOCK_H_
