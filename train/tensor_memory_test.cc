#include "train/tensor_memory.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <cstdint>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace lockstep {
namespace {

constexpr int64_t kMiB = 1 << 20;

at::Tensor Bytes(int64_t n) { return at::empty({n}, at::kByte); }

class TensorMemory : public ::testing::Test {
 protected:
  void SetUp() override { ReuseTensorMemory(); }
};

TEST_F(TensorMemory, ALargeTensorsMemoryIsUsedAgain) {
  at::Tensor first = Bytes(9 * kMiB);
  const void* data = first.data_ptr();
  EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % (2 * kMiB), 0);
  const size_t idle = IdleTensorBytes();
  first.reset();
  EXPECT_EQ(IdleTensorBytes(), idle + 10 * kMiB);
  const at::Tensor second = Bytes(8 * kMiB + 1);  // a quarter smaller at most
  EXPECT_EQ(second.data_ptr(), data);
  EXPECT_EQ(IdleTensorBytes(), idle);
}

TEST_F(TensorMemory, AMuchLargerBlockIsKeptForALargeTensor) {
  Bytes(64 * kMiB);  // made and freed
  const size_t idle = IdleTensorBytes();
  const at::Tensor small = Bytes(3 * kMiB);
  EXPECT_EQ(IdleTensorBytes(), idle);
  EXPECT_GE(IdleTensorBytes(), 64 * kMiB);
}

TEST_F(TensorMemory, SmallTensorsAreNotItsBusiness) {
  const size_t idle = IdleTensorBytes();
  Bytes(kLargeTensor - 1);
  EXPECT_EQ(IdleTensorBytes(), idle);
}

// The message people know, after what was idle has been given back.
TEST_F(TensorMemory, NoMemoryIsTorchsError) {
  Bytes(4 * kMiB);
  EXPECT_THROW(Bytes(int64_t{1} << 60), c10::Error);
  EXPECT_EQ(IdleTensorBytes(), 0);
}

TEST_F(TensorMemory, ThreadsShareIt) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([t] {
      for (int i = 1; i < 50; ++i) {
        const at::Tensor x = at::full({(t + i) % 7 + 1, kMiB}, t, at::kByte);
        ASSERT_EQ(x.min().item<int>(), t);
        ASSERT_EQ(x.max().item<int>(), t);
      }
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace lockstep
