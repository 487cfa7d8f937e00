#include "train/comm/nccl_communicator.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>

#include <cstdlib>
#include <iostream>
#include <thread>
#include <torch/csrc/distributed/c10d/HashStore.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nccl.h"
#include "train/comm/communicator_conformance.h"
#include "train/comm/testing_ranks.h"
#include "train/comm/torch_cuda.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

// NCCL 2.30 and newer can put several ranks on one GPU, for tests like this.
bool RanksMayShareAGpu() {
  int version = 0;
  const char* asked = std::getenv("NCCL_MULTI_RANK_GPU_ENABLE");
  return ncclGetVersion(&version) == ncclSuccess && version >= 23000 &&
         asked != nullptr && std::string(asked) == "1";
}

std::string WhyNot(int world_size) {
  if (VisibleGpus() == 0) return "no GPU";
  if (world_size <= VisibleGpus() || RanksMayShareAGpu()) return "";
  return "more ranks than GPUs";
}

NcclOptions Options(int rank, int world_size) {
  NcclOptions options;
  options.rank = rank;
  options.world_size = world_size;
  options.device = rank % VisibleGpus();
  options.timeout = std::chrono::seconds(20);
  return options;
}

ConnectRank NcclRanks(int world_size) {
  const auto store = c10::make_intrusive<c10d::HashStore>();
  return [=](int rank) {
    return MakeNcclCommunicator(store, Options(rank, world_size));
  };
}

INSTANTIATE_TEST_SUITE_P(Nccl, CommunicatorConformance,
                         ::testing::ValuesIn(ConformanceCases(NcclRanks,
                                                              WhyNot)));

class NcclTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (VisibleGpus() > 0) return;
    std::cout << "\nSKIPPED: no GPU\n";
    GTEST_SKIP() << "no GPU";
  }
};

TEST(Nccl, WithoutAGpuIsFailedPrecondition) {
  for (int device : {-1, VisibleGpus()}) {
    NcclOptions options;
    options.device = device;
    const auto communicator = MakeNcclCommunicator({}, options);
    EXPECT_TRUE(absl::IsFailedPrecondition(communicator.status()));
    EXPECT_THAT(communicator.status().message(), HasSubstr("no GPU"));
  }
}

TEST_F(NcclTest, AMissingPeerIsDeadlineExceeded) {
  for (int rank : {0, 1}) {
    NcclOptions options = Options(rank, 2);
    options.timeout = std::chrono::seconds(2);
    const auto alone =
        MakeNcclCommunicator(c10::make_intrusive<c10d::HashStore>(), options);
    EXPECT_TRUE(absl::IsDeadlineExceeded(alone.status())) << alone.status();
  }
}

TEST_F(NcclTest, AfterAnAbortEverythingIsUnavailable) {
  RunRanks(1, NcclRanks(1), [](Communicator& comm) {
    at::Tensor x = at::ones({4}).to(comm.device());
    const auto pending = comm.AllReduceSum(x);
    std::thread other([&] { comm.Abort(); });
    other.join();
    comm.Abort();
    EXPECT_TRUE(absl::IsUnavailable(pending->Wait()));
    EXPECT_TRUE(absl::IsUnavailable(comm.AllReduceSum(x)->Wait()));
    EXPECT_TRUE(absl::IsUnavailable(comm.Broadcast(x, 0)));
    EXPECT_TRUE(absl::IsUnavailable(comm.AllGather("x").status()));
    EXPECT_TRUE(absl::IsUnavailable(comm.Barrier()));
  });
}

TEST_F(NcclTest, TensorsItCannotTakeAreRefused) {
  RunRanks(1, NcclRanks(1), [](Communicator& comm) {
    const auto on_gpu = at::device(comm.device());
    for (const at::Tensor& x :
         {at::ones({2}), at::ones({2, 2}, on_gpu).select(1, 0),
          at::ones({2}, on_gpu.dtype(at::kBool))})
      EXPECT_TRUE(absl::IsInvalidArgument(comm.AllReduceSum(x)->Wait()));
    for (int root : {-1, 1})
      EXPECT_TRUE(
          absl::IsInvalidArgument(comm.Broadcast(at::ones({1}, on_gpu), root)));
  });
}

TEST_F(NcclTest, AReductionMayOutliveItsCommunicator) {
  std::unique_ptr<PendingReduce> pending;
  RunRanks(1, NcclRanks(1), [&](Communicator& comm) {
    pending = comm.AllReduceSum(at::ones({4}).to(comm.device()));
  });
  EXPECT_TRUE(absl::IsUnavailable(pending->Wait()));
}

}  // namespace
}  // namespace lockstep
