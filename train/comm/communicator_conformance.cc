#include "train/comm/communicator_conformance.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>

#include <atomic>
#include <string>

#include "gmock/gmock.h"
#include "train/step_timing.h"

namespace lockstep {

using ::testing::ElementsAreArray;

std::vector<ConformanceCase> ConformanceCases(
    RankFactory ranks, const std::function<std::string(int)>& why_not) {
  std::vector<ConformanceCase> cases;
  for (int world_size : {1, 2, 3, 4, 7})
    cases.push_back({ranks, world_size, why_not ? why_not(world_size) : ""});
  return cases;
}

namespace {

// Whole numbers whose sums over 7 ranks are exact in the type, in any order:
// all sums are below 2^p, where the type's mantissa has p bits.
struct ExactType {
  at::ScalarType type;
  int64_t values;      // 0 ... values-1, repeated
  int64_t offset = 0;  // out of reach for a smaller type
};

const ExactType kExactTypes[] = {
    {at::kBFloat16, 8},                    // sums up to 70, p = 8
    {at::kHalf, 200},                      // up to 1414, p = 11
    {at::kFloat, 1000, int64_t{1} << 20},  // up to 2^23, p = 24
    {at::kDouble, 1000, int64_t{1} << 40},
    {at::kLong, 1000, int64_t{1} << 55},
};

const int64_t kSizes[] = {0, 1, 4, 100, (1 << 20) + 3};

// offset + 0, 1, 2, ... + shift, times `factor`.
at::Tensor Numbers(const ExactType& exact, int64_t size, int64_t factor,
                   int64_t shift, c10::Device device) {
  return at::arange(size, at::kLong)
      .remainder_(exact.values)
      .add_(exact.offset)
      .mul_(factor)
      .add_(shift)
      .to(exact.type)
      .to(device);
}

TEST_P(CommunicatorConformance, RanksKnowTheirPlace) {
  std::atomic<int> sum{0};
  Run([&](Communicator& comm) {
    EXPECT_EQ(comm.world_size(), world_size());
    sum += 1 << comm.rank();
    // A rank that left now could close a connection that is being made.
    EXPECT_EQ(comm.Barrier(), absl::OkStatus());
  });
  EXPECT_EQ(sum, (1 << world_size()) - 1);
}

TEST_P(CommunicatorConformance, SumsEveryTypeAndSizeExactly) {
  const int64_t p = world_size();
  Run([&](Communicator& comm) {
    for (const ExactType& exact : kExactTypes) {
      for (int64_t size : kSizes) {
        SCOPED_TRACE(testing::Message() << exact.type << " x " << size);
        at::Tensor x = Numbers(exact, size, 1, comm.rank(), comm.device());
        const auto pending = comm.AllReduceSum(x);
        ASSERT_EQ(pending->Wait(), absl::OkStatus());
        EXPECT_TRUE(at::equal(
            x, Numbers(exact, size, p, p * (p - 1) / 2, comm.device())));
      }
    }
  });
}

TEST_P(CommunicatorConformance, BroadcastsEveryTypeFromEveryRoot) {
  const at::ScalarType types[] = {at::kBFloat16, at::kHalf, at::kFloat,
                                  at::kDouble,   at::kLong, at::kInt,
                                  at::kByte,     at::kBool};
  Run([&](Communicator& comm) {
    for (int root = 0; root < world_size(); ++root) {
      for (at::ScalarType type : types) {
        for (int64_t size : {0, 1, 5, 4099}) {
          SCOPED_TRACE(testing::Message()
                       << type << " x " << size << " from rank " << root);
          const auto of_rank = [&](int rank) {
            return at::arange(size, at::kLong)
                .add_(rank)
                .remainder_(type == at::kBool ? 2 : 100)
                .to(type)
                .to(comm.device());
          };
          at::Tensor x = of_rank(comm.rank());
          ASSERT_EQ(comm.Broadcast(x, root), absl::OkStatus());
          EXPECT_TRUE(at::equal(x, of_rank(root)));
        }
      }
    }
  });
}

// Zeros are bytes like any others.
std::string BytesOf(int rank) {
  return std::string(rank * rank * 1000, static_cast<char>('a' + rank)) +
         std::string(rank % 2, '\0');
}

TEST_P(CommunicatorConformance, GathersUnequalBytes) {
  std::vector<std::string> expected;
  for (int r = 0; r < world_size(); ++r) expected.push_back(BytesOf(r));
  Run([&](Communicator& comm) {
    const auto all = comm.AllGather(BytesOf(comm.rank()));
    ASSERT_TRUE(all.ok()) << all.status();
    EXPECT_THAT(*all, ElementsAreArray(expected));
  });
}

TEST_P(CommunicatorConformance, GathersNothingFromEveryone) {
  Run([&](Communicator& comm) {
    const auto all = comm.AllGather("");
    ASSERT_TRUE(all.ok()) << all.status();
    EXPECT_EQ(*all, std::vector<std::string>(world_size()));
  });
}

TEST_P(CommunicatorConformance, BarrierWaitsForAll) {
  constexpr int kRounds = 20;
  std::vector<std::atomic<int>> arrived(kRounds);
  Run([&](Communicator& comm) {
    for (std::atomic<int>& round : arrived) {
      ++round;
      ASSERT_EQ(comm.Barrier(), absl::OkStatus());
      EXPECT_EQ(round, world_size());
    }
  });
}

// The second is small and would overtake the first.
TEST_P(CommunicatorConformance, ReductionsRunInTheOrderOfTheirCalls) {
  Run([&](Communicator& comm) {
    at::Tensor large = at::ones({1 << 20}).to(comm.device()),
               small = at::ones({1}).to(comm.device());
    const auto first = comm.AllReduceSum(large),
               second = comm.AllReduceSum(small);
    ASSERT_EQ(second->Wait(), absl::OkStatus());
    ASSERT_EQ(first->Wait(), absl::OkStatus());
    EXPECT_LE(first->Times().end_ns, second->Times().end_ns);
  });
}

// A day apart: another clock or another unit.
constexpr int64_t kOtherClockNs = 86'400'000'000'000;

TEST_P(CommunicatorConformance, TimesAreOrderedAndOfTheSteadyClock) {
  Run([&](Communicator& comm) {
    const int64_t now_ns = SteadyNanoseconds();
    at::Tensor x = at::ones({1 << 16}).to(comm.device());
    std::vector<std::unique_ptr<PendingReduce>> pending;
    for (int i = 0; i < 3; ++i) pending.push_back(comm.AllReduceSum(x.clone()));
    for (const auto& reduce : pending) {
      ASSERT_EQ(reduce->Wait(), absl::OkStatus());
      const BucketInterval times = reduce->Times();
      EXPECT_LE(times.ready_ns, times.start_ns);
      EXPECT_LE(times.start_ns, times.end_ns);
      EXPECT_LT(std::abs(times.ready_ns - now_ns), kOtherClockNs);
    }
  });
}

// The status of a collective that the last rank never comes to: at once where
// the host waits for the sum, else from the next call.
absl::Status FirstFailure(Communicator& comm) {
  at::Tensor x = at::ones({1000}).to(comm.device());
  const absl::Status status = comm.AllReduceSum(x)->Wait();
  return status.ok() ? comm.Barrier() : status;
}

TEST_P(CommunicatorConformance, APeerThatGoesAwayIsUnavailable) {
  if (world_size() == 1) GTEST_SKIP() << "has no peers";
  Run([&](Communicator& comm) {
    ASSERT_EQ(comm.Barrier(), absl::OkStatus());
    if (comm.rank() == world_size() - 1) return;
    const absl::Status status = FirstFailure(comm);
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  });
}

}  // namespace
}  // namespace lockstep
