#include "train/comm/cuda_clock.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "train/step_timing.h"

namespace lockstep {
namespace {

// The narrowest of a few intervals; most are disturbed by nothing.
constexpr int kReadings = 8;
// An empty event on an idle stream takes microseconds; this is a lost GPU.
constexpr int64_t kPatienceNs = 1'000'000'000;

}  // namespace

absl::Status CudaStatus(const char* what, cudaError_t error) {
  if (error == cudaSuccess) return absl::OkStatus();
  cudaGetLastError();
  return absl::InternalError(absl::StrCat(what, ": ", cudaGetErrorName(error),
                                          ", ", cudaGetErrorString(error)));
}

cudaError_t QueryEvent(cudaEvent_t event) {
  const cudaError_t state = cudaEventQuery(event);
  if (state == cudaErrorNotReady) cudaGetLastError();
  return state;
}

std::shared_ptr<CudaEventPool> CudaEventPool::Make() {
  return std::shared_ptr<CudaEventPool>(new CudaEventPool);
}

CudaEventPool::~CudaEventPool() {
  for (cudaEvent_t event : free_) cudaEventDestroy(event);
}

absl::StatusOr<CudaEvent> CudaEventPool::Take() {
  cudaEvent_t event = nullptr;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!free_.empty()) {
      event = free_.back();
      free_.pop_back();
    }
  }
  if (event == nullptr) {
    const absl::Status status = CudaStatus(
        "making an event", cudaEventCreateWithFlags(&event, cudaEventDefault));
    if (!status.ok()) return status;
  }
  return CudaEvent(event, [pool = shared_from_this()](cudaEvent_t over) {
    const std::lock_guard<std::mutex> lock(pool->mutex_);
    pool->free_.push_back(over);
  });
}

absl::StatusOr<CudaEvent> CudaEventPool::Record(cudaStream_t stream) {
  absl::StatusOr<CudaEvent> event = Take();
  if (!event.ok()) return event;
  const absl::Status status =
      CudaStatus("recording an event", cudaEventRecord(event->get(), stream));
  if (!status.ok()) return status;
  return event;
}

int64_t HostNanoseconds(const CudaMoment& base, const CudaEvent& event) {
  float ms = 0;
  const cudaError_t error =
      cudaEventElapsedTime(&ms, base.event.get(), event.get());
  if (!CudaStatus("comparing events", error).ok()) return 0;
  return base.host_ns + std::llround(1e6 * ms);
}

absl::StatusOr<std::unique_ptr<CudaClock>> CudaClock::Make(
    std::shared_ptr<CudaEventPool> events) {
  std::unique_ptr<CudaClock> clock(new CudaClock(std::move(events)));
  absl::Status status = CudaStatus(
      "making a stream",
      cudaStreamCreateWithFlags(&clock->stream_, cudaStreamNonBlocking));
  if (status.ok()) status = clock->Refresh();
  if (!status.ok()) return status;
  return clock;
}

CudaClock::~CudaClock() {
  if (stream_ != nullptr) cudaStreamDestroy(stream_);
}

absl::Status CudaClock::Refresh() {
  CudaMoment best;
  for (int i = 0; i < kReadings; ++i) {
    absl::StatusOr<CudaMoment> moment = ReadOnce();
    if (!moment.ok()) return moment.status();
    if (i == 0 || moment->error_ns < best.error_ns) best = *std::move(moment);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  base_ = std::make_shared<const CudaMoment>(std::move(best));
  return absl::OkStatus();
}

// The event happens between the two readings of the host's clock; the middle is
// wrong by half their distance at most.
absl::StatusOr<CudaMoment> CudaClock::ReadOnce() {
  const int64_t before_ns = SteadyNanoseconds();
  absl::StatusOr<CudaEvent> event = events_->Record(stream_);
  if (!event.ok()) return event.status();
  for (;;) {
    const cudaError_t state = QueryEvent(event->get());
    const int64_t after_ns = SteadyNanoseconds();
    if (state == cudaSuccess)
      return CudaMoment{*event, before_ns + (after_ns - before_ns) / 2,
                        (after_ns - before_ns + 1) / 2};
    if (state != cudaErrorNotReady) return CudaStatus("waiting", state);
    if (after_ns - before_ns > kPatienceNs)
      return absl::UnavailableError("the GPU does not answer within 1 s");
  }
}

std::shared_ptr<const CudaMoment> CudaClock::base() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return base_;
}

}  // namespace lockstep
