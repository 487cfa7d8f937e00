#include "train/cuda/cuda_device.h"

#include <ATen/Context.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cuda_runtime_api.h"
#include "nccl.h"
#include "train/comm/nccl_communicator.h"
#include "train/comm/torch_cuda.h"
#include "train/cuda/cuda_step_runner.h"
#include "train/cuda/device_batches.h"
#include "train/launch/device_index.h"

namespace lockstep {
namespace {

bool RanksMayShareAGpu() {
  const char* asked = std::getenv("NCCL_MULTI_RANK_GPU_ENABLE");
  return asked != nullptr && std::string(asked) == "1";
}

// 13010 is 13.1.
std::string CudaVersion(int code) {
  return absl::StrCat(code / 1000, ".", code % 1000 / 10);
}

// "580.95.05"; "" if the kernel module tells nothing.
std::string DriverVersion() {
  std::ifstream file("/proc/driver/nvidia/version");
  std::string line;
  std::getline(file, line);
  for (absl::string_view word : absl::StrSplit(line, ' ', absl::SkipEmpty()))
    if (word.find('.') != word.npos && absl::ascii_isdigit(word[0]))
      return std::string(word);
  return "";
}

// "NVIDIA H100 80GB HBM3, 1980 MHz": its name and highest clock.
std::string GpuName(int index) {
  cudaDeviceProp properties;
  int kilohertz = 0;
  if (cudaGetDeviceProperties(&properties, index) != cudaSuccess) return "";
  cudaDeviceGetAttribute(&kilohertz, cudaDevAttrClockRate, index);
  return absl::StrCat(properties.name, ", ", kilohertz / 1000, " MHz");
}

std::string CudaVersions() {
  int driver = 0;
  cudaDriverGetVersion(&driver);
  return absl::StrCat(CudaVersion(CUDART_VERSION), ", driver ", DriverVersion(),
                      " for ", CudaVersion(driver));
}

std::string NcclVersion() {
  int code = 0;
  if (ncclGetVersion(&code) != ncclSuccess) return "";
  return absl::StrCat(code / 10000, ".", code / 100 % 100, ".", code % 100);
}

class CudaDevice : public Device {
 public:
  explicit CudaDevice(int index) : index_(index) {}

  c10::Device place() const override {
    return {c10::kCUDA, static_cast<c10::DeviceIndex>(index_)};
  }
  DeviceFacts facts() const override {
    return {absl::StrCat("cuda:", index_), GpuName(index_), CudaVersions(),
            NcclVersion()};
  }
  bool has_graphs() const override { return true; }

  absl::StatusOr<std::unique_ptr<Communicator>> Connect(
      const ConnectOptions& options) override {
    NcclOptions nccl;
    nccl.rank = options.rank;
    nccl.world_size = options.world_size;
    nccl.device = index_;
    nccl.timeout = options.timeout;
    nccl.moment = [moments = moments_](cudaStream_t stream) {
      moments->BucketMoment(stream);
    };
    return MakeNcclCommunicator(options.store, nccl);
  }

  std::unique_ptr<BatchSource> Batches(const ImageSet& images,
                                       const BatchOptions& options) override {
    return std::make_unique<DeviceBatches>(images, options);
  }

  decltype(ReducerOptions::reduce) BucketReduce() override {
    return [moments = moments_](Communicator& comm, at::Tensor tensor) {
      moments->in_bucket = true;
      auto pending = comm.AllReduceSum(std::move(tensor));
      moments->in_bucket = false;
      return pending;
    };
  }

  absl::StatusOr<std::unique_ptr<StepRunner>> Runner(
      const StepRunnerOptions& options) override {
    return CudaStepRunner::Make(options, moments_);
  }

 private:
  const int index_;
  const std::shared_ptr<StepMoments> moments_ = std::make_shared<StepMoments>();
};

// LibTorch's defaults differ: TF32 in convolutions, no trying.
void SetLibraries() {
  at::globalContext().lazyInitDevice(at::kCUDA);
  at::globalContext().setBenchmarkCuDNN(true);
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
}

}  // namespace

int UsableGpus() { return VisibleGpus(); }

absl::StatusOr<std::unique_ptr<Device>> OpenCudaDevice(int local_rank) {
  const auto index =
      DeviceIndex(VisibleGpus(), local_rank, RanksMayShareAGpu());
  if (!index.ok()) return index.status();
  const absl::Status status = LoadTorchCuda();
  if (!status.ok()) return status;
  SetLibraries();
  const auto device = static_cast<c10::DeviceIndex>(*index);
  c10::cuda::set_device(device);
  c10::cuda::setCurrentCUDAStream(
      c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device));
  return std::make_unique<CudaDevice>(*index);
}

}  // namespace lockstep
