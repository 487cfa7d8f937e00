#include "train/comm/nccl_communicator.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "train/comm/cuda_clock.h"
#include "train/comm/failed_reduce.h"
#include "train/comm/nccl_flight.h"
#include "train/comm/nccl_handle.h"
#include "train/comm/nccl_id.h"
#include "train/comm/torch_cuda.h"
#include "train/comm/watch_thread.h"

namespace lockstep {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr auto kWatchPeriod = std::chrono::milliseconds(50);
// How long one base of the clock serves: see cuda_clock.h.
constexpr auto kBasePeriod = std::chrono::seconds(1);

std::optional<ncclDataType_t> NcclType(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return ncclFloat32;
    case at::kDouble:
      return ncclFloat64;
    case at::kBFloat16:
      return ncclBfloat16;
    case at::kHalf:
      return ncclFloat16;
    case at::kLong:
      return ncclInt64;
    default:
      return std::nullopt;
  }
}

// What a collective adds to a stream.
using Enqueue = std::function<ncclResult_t(ncclComm_t, cudaStream_t)>;

class NcclCommunicator : public Communicator {
 public:
  NcclCommunicator(const NcclOptions& options,
                   std::shared_ptr<NcclHandle> handle)
      : options_(options), handle_(std::move(handle)) {}
  ~NcclCommunicator() override {
    watch_.reset();
    handle_->Close();
    in_flight_.clear();
    if (stream_ != nullptr) cudaStreamDestroy(stream_);
  }

  // The rest of the construction, which may fail.
  absl::Status Start();

  int rank() const override { return options_.rank; }
  int world_size() const override { return options_.world_size; }
  std::string name() const override { return "nccl"; }
  c10::Device device() const override {
    return {c10::kCUDA, static_cast<c10::DeviceIndex>(options_.device)};
  }

  std::unique_ptr<PendingReduce> AllReduceSum(at::Tensor tensor) override;
  absl::Status Broadcast(at::Tensor tensor, int root) override;
  absl::StatusOr<std::vector<std::string>> AllGather(
      const std::string& bytes) override;
  absl::Status Barrier() override;
  absl::Status Check() override { return handle_->Check(); }
  void Abort() override {
    handle_->Abort(absl::UnavailableError("the communicator was aborted"));
  }

 private:
  using Flight = std::shared_ptr<const NcclFlight>;

  void Moment(cudaStream_t stream) const {
    if (options_.moment != nullptr) options_.moment(stream);
  }
  absl::Status CheckTensor(const char* what, const at::Tensor& tensor) const;
  absl::StatusOr<Flight> Launch(const char* what,
                                std::vector<at::Tensor> tensors,
                                const Enqueue& enqueue);
  absl::StatusOr<at::Tensor> GatherEqual(at::Tensor mine);
  void Watch();

  const NcclOptions options_;
  const std::shared_ptr<NcclHandle> handle_;
  const std::shared_ptr<CudaEventPool> events_ = CudaEventPool::Make();
  std::unique_ptr<CudaClock> clock_;
  cudaStream_t stream_ = nullptr;
  SteadyClock::time_point base_time_ = SteadyClock::now();  // watch_ only
  std::mutex mutex_;
  std::deque<Flight> in_flight_;  // under mutex_, oldest first
  std::unique_ptr<WatchThread> watch_;
};

absl::Status NcclCommunicator::Start() {
  int lowest = 0, highest = 0;
  absl::Status status =
      CudaStatus("asking for stream priorities",
                 cudaDeviceGetStreamPriorityRange(&lowest, &highest));
  if (!status.ok()) return status;
  status = CudaStatus(
      "making a stream",
      cudaStreamCreateWithPriority(&stream_, cudaStreamNonBlocking, highest));
  if (!status.ok()) return status;
  auto clock = CudaClock::Make(events_);
  if (!clock.ok()) return clock.status();
  clock_ = *std::move(clock);
  watch_ = std::make_unique<WatchThread>(kWatchPeriod, [this] { Watch(); });
  // NCCL connects at the first collective; it shall not count as a bucket's.
  return Barrier();
}

// On watch_. A flight is dropped, and with it the tensors, when it is over.
void NcclCommunicator::Watch() {
  const c10::cuda::CUDAGuard guard(device().index());
  handle_->Check().IgnoreError();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    while (!in_flight_.empty() &&
           QueryEvent(in_flight_.front()->end.get()) == cudaSuccess)
      in_flight_.pop_front();
    if (!in_flight_.empty()) EnforceDeadline(*handle_, *in_flight_.front());
  }
  if (SteadyClock::now() - base_time_ < kBasePeriod) return;
  // A GPU that does not answer shows itself in the collectives.
  clock_->Refresh().IgnoreError();
  base_time_ = SteadyClock::now();
}

absl::Status NcclCommunicator::CheckTensor(const char* what,
                                           const at::Tensor& tensor) const {
  if (tensor.device() == device() && tensor.is_non_overlapping_and_dense())
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " needs a contiguous tensor on ", device().str(),
                   ", not one on ", tensor.device().str()));
}

// Between two events on the collectives' stream, after the current stream's
// work so far.
absl::StatusOr<NcclCommunicator::Flight> NcclCommunicator::Launch(
    const char* what, std::vector<at::Tensor> tensors, const Enqueue& enqueue) {
  const c10::cuda::CUDAGuard guard(device().index());
  auto flight = std::make_shared<NcclFlight>();
  flight->what = what;
  flight->tensors = std::move(tensors);
  flight->base = clock_->base();
  flight->deadline = SteadyClock::now() + options_.timeout;
  const cudaStream_t current =
      c10::cuda::getCurrentCUDAStream(device().index());
  Moment(current);
  auto ready = events_->Record(current);
  if (!ready.ok()) return ready.status();
  absl::Status status =
      CudaStatus(what, cudaStreamWaitEvent(stream_, ready->get(), 0));
  if (!status.ok()) return status;
  Moment(stream_);
  auto start = events_->Record(stream_);
  if (!start.ok()) return start.status();
  status = handle_->Call(
      what, [&](ncclComm_t comm) { return enqueue(comm, stream_); });
  if (!status.ok()) return status;
  Moment(stream_);
  auto end = events_->Record(stream_);
  if (!end.ok()) return end.status();
  flight->ready = *std::move(ready);
  flight->start = *std::move(start);
  flight->end = *std::move(end);
  // A recorded event must not be queried, and the graph keeps what it needs.
  cudaStreamCaptureStatus capture = cudaStreamCaptureStatusNone;
  status = CudaStatus(what, cudaStreamIsCapturing(current, &capture));
  if (!status.ok()) return status;
  if (capture != cudaStreamCaptureStatusNone) return Flight(flight);
  const std::lock_guard<std::mutex> lock(mutex_);
  in_flight_.push_back(flight);
  return Flight(flight);
}

std::unique_ptr<PendingReduce> NcclCommunicator::AllReduceSum(
    at::Tensor tensor) {
  absl::Status status = CheckTensor("all-reduce", tensor);
  if (!status.ok()) return std::make_unique<FailedReduce>(status);
  const std::optional<ncclDataType_t> type = NcclType(tensor.scalar_type());
  if (!type)
    return std::make_unique<FailedReduce>(absl::InvalidArgumentError(
        absl::StrCat("all-reduce cannot sum ", tensor.toString())));
  void* const data = tensor.data_ptr();
  const size_t count = tensor.numel();
  auto flight = Launch("all-reduce", {std::move(tensor)},
                       [&](ncclComm_t comm, cudaStream_t stream) {
                         if (count == 0) return ncclSuccess;
                         return ncclAllReduce(data, data, count, *type, ncclSum,
                                              comm, stream);
                       });
  if (!flight.ok()) return std::make_unique<FailedReduce>(flight.status());
  return std::make_unique<NcclReduce>(handle_, *flight, options_.device);
}

absl::Status NcclCommunicator::Broadcast(at::Tensor tensor, int root) {
  absl::Status status = CheckTensor("broadcast", tensor);
  if (!status.ok()) return status;
  if (root < 0 || root >= world_size())
    return absl::InvalidArgumentError(
        absl::StrCat("broadcast from rank ", root, " of ", world_size()));
  void* const data = tensor.data_ptr();
  const size_t bytes = tensor.nbytes();
  const auto flight = Launch(
      "broadcast", {std::move(tensor)},
      [&](ncclComm_t comm, cudaStream_t stream) {
        if (bytes == 0) return ncclSuccess;
        return ncclBroadcast(data, data, bytes, ncclUint8, root, comm, stream);
      });
  if (!flight.ok()) return flight.status();
  return NcclReduce(handle_, *flight, options_.device).Wait();
}

absl::Status NcclCommunicator::Barrier() {
  const auto flight = [&] {
    at::Tensor one = at::ones({1}, at::device(device()).dtype(at::kFloat));
    return Launch("barrier", {one}, [&](ncclComm_t comm, cudaStream_t stream) {
      return ncclAllReduce(one.data_ptr(), one.data_ptr(), 1, ncclFloat32,
                           ncclSum, comm, stream);
    });
  }();
  return flight.ok() ? WaitOnHost(*handle_, **flight) : flight.status();
}

// All ranks' tensors (on the CPU, of the same shape), by rank along a new first
// dimension, on the CPU.
absl::StatusOr<at::Tensor> NcclCommunicator::GatherEqual(at::Tensor mine) {
  at::Tensor input = mine.to(device());
  std::vector<int64_t> shape = mine.sizes().vec();
  shape.insert(shape.begin(), world_size());
  at::Tensor output = at::empty(shape, input.options());
  const auto flight = Launch(
      "all-gather", {input, output}, [&](ncclComm_t comm, cudaStream_t stream) {
        return ncclAllGather(input.data_ptr(), output.data_ptr(),
                             input.nbytes(), ncclUint8, comm, stream);
      });
  if (!flight.ok()) return flight.status();
  const absl::Status status = WaitOnHost(*handle_, **flight);
  if (!status.ok()) return status;
  return output.cpu();
}

absl::StatusOr<std::vector<std::string>> NcclCommunicator::AllGather(
    const std::string& bytes) {
  const int64_t length = bytes.size();
  const auto lengths = GatherEqual(at::full({1}, length, at::kLong));
  if (!lengths.ok()) return lengths.status();
  const int64_t longest = std::max<int64_t>(1, lengths->max().item<int64_t>());
  at::Tensor padded = at::zeros({longest}, at::kByte);
  std::memcpy(padded.data_ptr(), bytes.data(), bytes.size());
  const auto gathered = GatherEqual(padded);
  if (!gathered.ok()) return gathered.status();
  std::vector<std::string> result;
  for (int r = 0; r < world_size(); ++r)
    result.emplace_back(static_cast<const char*>((*gathered)[r].data_ptr()),
                        (*lengths)[r].item<int64_t>());
  return result;
}

absl::Status CheckMachine(const NcclOptions& options) {
  int library_code = 0;
  ncclGetVersion(&library_code);
  absl::Status status = CheckNcclVersion(NCCL_VERSION_CODE, library_code);
  if (!status.ok()) return status;
  if (options.device < 0 || options.device >= VisibleGpus())
    return absl::FailedPreconditionError(absl::StrCat(
        "no GPU ", options.device, " here: this process sees ", VisibleGpus(),
        "; check nvidia-smi and "
        "CUDA_VISIBLE_DEVICES, or train on CPUs"));
  return LoadTorchCuda();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Communicator>> MakeNcclCommunicator(
    const c10::intrusive_ptr<c10d::Store>& store, const NcclOptions& options) {
  absl::Status status = CheckMachine(options);
  if (!status.ok()) return status;
  const c10::cuda::CUDAGuard guard(
      static_cast<c10::DeviceIndex>(options.device));
  const auto id = ShareNcclId(store.get(), options.rank, options.world_size,
                              options.timeout);
  if (!id.ok()) return id.status();
  auto handle = NcclHandle::Connect(
      *id, {options.rank, options.world_size, options.timeout});
  if (!handle.ok()) return handle.status();
  auto communicator =
      std::make_unique<NcclCommunicator>(options, *std::move(handle));
  status = communicator->Start();
  if (!status.ok()) return status;
  return communicator;
}

}  // namespace lockstep
