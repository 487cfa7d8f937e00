#include "train/comm/in_process_communicator.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>

#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "train/comm/communicator_conformance.h"
#include "train/comm/testing_ranks.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using ::testing::HasSubstr;

INSTANTIATE_TEST_SUITE_P(InProcess, CommunicatorConformance,
                         ::testing::ValuesIn(ConformanceCases(InProcessRanks)));

ConnectRank RanksWith(const InProcessOptions& options) {
  const auto hub = std::make_shared<InProcessHub>(options);
  return [hub](int rank) { return hub->Join(rank); };
}

// 1 + 2^-24 rounds to 1 in fp32, so the order of summing shows in the bits.
TEST(InProcess, SumsInRankOrder) {
  RunRanks(3, InProcessRanks(3), [](Communicator& comm) {
    const float small = 5.9604644775390625e-8f;  // 2^-24
    at::Tensor x = at::full({1}, comm.rank() == 0 ? 1.0f : small);
    ASSERT_EQ(comm.AllReduceSum(x)->Wait(), absl::OkStatus());
    EXPECT_EQ(x.item<float>(), 1.0f);
  });
}

TEST(InProcess, ReductionsTakeTheProgrammedTime) {
  InProcessOptions options;
  options.world_size = 2;
  options.delay = [](int64_t bytes, int collective) {
    EXPECT_EQ(bytes, 400);
    return nanoseconds(milliseconds(collective == 0 ? 20 : 10));
  };
  RunRanks(2, RanksWith(options), [](Communicator& comm) {
    std::vector<std::unique_ptr<PendingReduce>> pending;
    for (int i = 0; i < 3; ++i)
      pending.push_back(comm.AllReduceSum(at::ones({100})));
    int64_t previous_end_ns = 0;
    for (int i = 0; i < 3; ++i) {
      ASSERT_EQ(pending[i]->Wait(), absl::OkStatus());
      const BucketInterval times = pending[i]->Times();
      EXPECT_EQ(times.start_ns, std::max(times.ready_ns, previous_end_ns));
      EXPECT_GE(times.end_ns - times.start_ns, i == 0 ? 20000000 : 10000000);
      previous_end_ns = times.end_ns;
    }
  });
}

TEST(InProcess, AbortEndsWhatIsUnderWayOnEveryRank) {
  RunRanks(3, InProcessRanks(3), [](Communicator& comm) {
    if (comm.rank() == 0) {
      comm.Abort();
      comm.Abort();
    }
    for (int again = 0; again < 2; ++again) {
      const absl::Status status = comm.Barrier();
      EXPECT_TRUE(absl::IsUnavailable(status));
      EXPECT_EQ(status.message(), "barrier failed: rank 0 has left");
    }
  });
}

TEST(InProcess, AbortFromAnotherThreadEndsALongReduction) {
  InProcessOptions options;
  options.delay = [](int64_t, int) { return std::chrono::hours(1); };
  RunRanks(1, RanksWith(options), [](Communicator& comm) {
    const auto pending = comm.AllReduceSum(at::ones({1}));
    std::thread other([&] { comm.Abort(); });
    EXPECT_TRUE(absl::IsUnavailable(pending->Wait()));
    other.join();
  });
}

TEST(InProcess, ARankThatIsLateIsNamed) {
  InProcessOptions options;
  options.world_size = 2;
  options.timeout = milliseconds(20);
  InProcessHub hub(options);
  const auto alone = hub.Join(0);
  const absl::Status status = alone->Barrier();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_EQ(status.message(), "barrier failed: no sign of rank 1 within 20 ms");
}

TEST(InProcess, MismatchesAreNamedOnEveryRank) {
  const struct {
    std::function<absl::Status(Communicator&)> rank_1;
    const char* message;
  } cases[] = {
      {[](Communicator& c) { return c.AllReduceSum(at::ones({3}))->Wait(); },
       "all-reduce failed: rank 0 has CPUFloatType of 2 elements, "
       "rank 1 CPUFloatType of 3"},
      {[](Communicator& c) {
         return c.AllReduceSum(at::ones({2}, at::kLong))->Wait();
       },
       "rank 1 CPULongType of 2"},
      {[](Communicator& c) { return c.Barrier(); },
       "rank 0 is in all-reduce, rank 1 in barrier: call collectives in "
       "the same order"},
  };
  for (const auto& c : cases) {
    RunRanks(2, InProcessRanks(2), [&](Communicator& comm) {
      const absl::Status status =
          comm.rank() == 1 ? c.rank_1(comm)
                           : comm.AllReduceSum(at::ones({2}))->Wait();
      EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
      EXPECT_THAT(status.message(), HasSubstr(c.message));
    });
  }
}

TEST(InProcess, BadRootsAreRefused) {
  RunRanks(1, InProcessRanks(1), [](Communicator& comm) {
    for (int root : {-1, 1})
      EXPECT_TRUE(absl::IsInvalidArgument(comm.Broadcast(at::ones({1}), root)));
  });
}

TEST(InProcess, BroadcastWritesParameters) {
  RunRanks(2, InProcessRanks(2), [](Communicator& comm) {
    at::Tensor parameter = at::full({2}, comm.rank(), at::kFloat);
    parameter.requires_grad_();
    ASSERT_EQ(comm.Broadcast(parameter, 1), absl::OkStatus());
    EXPECT_TRUE(at::equal(parameter, at::ones({2})));
  });
}

}  // namespace
}  // namespace lockstep
