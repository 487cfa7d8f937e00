#include "train/comm/gloo_communicator.h"

#include <ATen/ATen.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "train/comm/testing_ranks.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;

class GlooTest : public ::testing::TestWithParam<int> {};

// Small whole numbers add exactly in fp32, in any order.
TEST_P(GlooTest, SumsExactlyForEverySize) {
  const int world_size = GetParam();
  RunRanks(world_size, [&](Communicator& comm) {
    for (int64_t size : {0, 1, 4, 100, (1 << 20) + 3}) {
      at::Tensor x =
          at::arange(size, at::kFloat).remainder(1000).add_(comm.rank());
      const at::Tensor expected = at::arange(size, at::kFloat)
                                      .remainder(1000)
                                      .mul_(world_size)
                                      .add_(world_size * (world_size - 1) / 2);
      auto pending = comm.AllReduceSum(x);
      ASSERT_TRUE(pending->Wait().ok());
      EXPECT_TRUE(at::equal(x, expected)) << size;
      EXPECT_GE(pending->Times().end_ns, pending->Times().ready_ns);
    }
  });
}

TEST_P(GlooTest, BroadcastsAndGathers) {
  const int world_size = GetParam();
  RunRanks(world_size, [&](Communicator& comm) {
    at::Tensor x = at::full({5}, comm.rank(), at::kFloat);
    const int root = world_size - 1;
    ASSERT_TRUE(comm.Broadcast(x, root).ok());
    EXPECT_TRUE(at::equal(x, at::full({5}, root, at::kFloat)));
    const auto all = comm.AllGather(std::string(comm.rank(), 'x'));
    ASSERT_TRUE(all.ok()) << all.status();
    ASSERT_EQ(all->size(), world_size);
    for (int r = 0; r < world_size; ++r) EXPECT_EQ((*all)[r].size(), r);
    EXPECT_TRUE(comm.Barrier().ok());
  });
}

TEST_P(GlooTest, ReductionsEndInTheOrderOfTheirCalls) {
  RunRanks(GetParam(), [&](Communicator& comm) {
    at::Tensor large = at::ones({1 << 20}), small = at::ones({1});
    auto first = comm.AllReduceSum(large), second = comm.AllReduceSum(small);
    ASSERT_TRUE(second->Wait().ok());
    ASSERT_TRUE(first->Wait().ok());
    EXPECT_LE(first->Times().end_ns, second->Times().end_ns);
  });
}

INSTANTIATE_TEST_SUITE_P(WorldSizes, GlooTest,
                         ::testing::Values(1, 2, 3, 4, 7));

TEST(Gloo, AMissingPeerIsUnavailable) {
  auto communicator = [] {
    GlooOptions options;
    options.interface = "no-such-interface";
    return MakeGlooCommunicator({}, options);
  }();
  EXPECT_TRUE(absl::IsUnavailable(communicator.status()));
}

}  // namespace
}  // namespace lockstep
