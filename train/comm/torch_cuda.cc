#include "train/comm/torch_cuda.h"

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "cuda_runtime_api.h"

namespace lockstep {
namespace {

// The folder that libc10.so really lies in, with a slash; "" if unknown.
// Bazel links to it, and libtorch_cuda.so finds cuDNN and its like by paths
// relative to the real one.
std::string LibtorchFolder() {
  void* library = dlopen("libc10.so", RTLD_NOW | RTLD_NOLOAD);
  link_map* map = nullptr;
  if (library == nullptr || dlinfo(library, RTLD_DI_LINKMAP, &map) != 0)
    return "";
  char* real = realpath(map->l_name, nullptr);
  const std::string path = real == nullptr ? "" : real;
  free(real);
  return path.substr(0, path.rfind('/') + 1);
}

absl::Status Load() {
  const std::string path = LibtorchFolder() + "libtorch_cuda.so";
  if (dlopen(path.c_str(), RTLD_LAZY | RTLD_GLOBAL) != nullptr)
    return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "LibTorch cannot use GPUs here: ", dlerror(),
      "; install the whole torch with pip and set LOCKSTEP_LIBTORCH to its "
      "folder, or train on CPUs"));
}

}  // namespace

int VisibleGpus() {
  int count = 0;
  if (cudaGetDeviceCount(&count) == cudaSuccess) return count;
  cudaGetLastError();  // else LibTorch would report it for its next call
  return 0;
}

absl::Status LoadTorchCuda() {
  static const absl::Status* const loaded = new absl::Status(Load());
  return *loaded;
}

}  // namespace lockstep
