// The detected CUDA toolkit and NCCL are what their headers say. Needs no GPU.

#include "cuda_runtime.h"
#include "gtest/gtest.h"
#include "nccl.h"

namespace {

TEST(Toolkit, RuntimeLibraryMatchesItsHeader) {
  int version = 0;
  ASSERT_EQ(cudaRuntimeGetVersion(&version), cudaSuccess);
  EXPECT_EQ(version / 1000, CUDART_VERSION / 1000);
}

// ncclConfig_t's layout moves between minor versions.
TEST(Toolkit, NcclLibraryMatchesItsHeader) {
  int version = 0;
  ASSERT_EQ(ncclGetVersion(&version), ncclSuccess);
  EXPECT_EQ(version / 100, NCCL_VERSION_CODE / 100);
}

}  // namespace
