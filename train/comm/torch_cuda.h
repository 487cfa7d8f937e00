// LibTorch's CUDA half, loaded when a GPU is wanted: one program then starts on
// machines with and without a GPU, cuBLAS and cuDNN.

#ifndef LOCKSTEP_TRAIN_COMM_TORCH_CUDA_H_
#define LOCKSTEP_TRAIN_COMM_TORCH_CUDA_H_

#include "absl/status/status.h"

namespace lockstep {

// GPUs that this process may use; 0 without a driver too.
int VisibleGpus();

// Loads libtorch_cuda.so from where libc10.so came from. Call it before the
// first CUDA tensor and before torch::cuda::is_available(), whose answer
// LibTorch remembers. FailedPrecondition names the library that is missing.
// Thread-safe; later calls return the first one's result.
absl::Status LoadTorchCuda();

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_COMM_TORCH_CUDA_H_
