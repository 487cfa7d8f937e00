#include "train/comm/rank_barrier.h"

#include <atomic>
#include <numeric>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr auto kLong = std::chrono::minutes(5);

// Runs `body` once a rank, each in a thread of its own.
void InThreads(int size, const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) threads.emplace_back(body, rank);
  for (std::thread& thread : threads) thread.join();
}

absl::Status Nothing(const std::vector<void*>&) { return absl::OkStatus(); }

class RankBarrierOf : public ::testing::TestWithParam<int> {};

// Every rank writes into all others' numbers through one combination; the
// thread sanitizer watches.
TEST_P(RankBarrierOf, CombinesOncePerRoundInRankOrder) {
  const int size = GetParam();
  RankBarrier barrier(size, kLong);
  std::atomic<int> combinations{0};
  const auto sum = [&](const std::vector<void*>& numbers) {
    int total = 0;
    for (int r = 0; r < size; ++r) {
      const int number = *static_cast<int*>(numbers[r]);
      EXPECT_EQ(number % size, r);
      total += number;
    }
    for (void* number : numbers) *static_cast<int*>(number) = total;
    ++combinations;
    return absl::OkStatus();
  };
  InThreads(size, [&](int rank) {
    for (int round = 0; round < 50; ++round) {
      int number = round * size + rank;
      ASSERT_TRUE(barrier.Meet(rank, &number, sum).ok());
      EXPECT_EQ(number, round * size * size + size * (size - 1) / 2);
    }
  });
  EXPECT_EQ(combinations, 50);
}

TEST_P(RankBarrierOf, ARankThatLeavesFailsAllOthers) {
  const int size = GetParam();
  RankBarrier barrier(size, kLong);
  InThreads(size, [&](int rank) {
    ASSERT_TRUE(barrier.Meet(rank, nullptr, Nothing).ok());
    if (rank == 0) return barrier.Leave(0);
    for (int again = 0; again < 2; ++again) {
      const absl::Status status = barrier.Meet(rank, nullptr, Nothing);
      EXPECT_TRUE(absl::IsUnavailable(status));
      EXPECT_THAT(status.message(), HasSubstr("rank 0 has left"));
    }
  });
}

TEST_P(RankBarrierOf, AFailedCombinationIsEveryRanksResult) {
  RankBarrier barrier(GetParam(), kLong);
  InThreads(GetParam(), [&](int rank) {
    for (int again = 0; again < 2; ++again)
      EXPECT_TRUE(absl::IsInvalidArgument(
          barrier.Meet(rank, nullptr, [](const std::vector<void*>&) {
            return absl::InvalidArgumentError("different sizes");
          })));
  });
}

INSTANTIATE_TEST_SUITE_P(Sizes, RankBarrierOf, ::testing::Values(1, 2, 3, 7));

TEST(RankBarrier, NamesTheRanksThatDoNotCome) {
  RankBarrier barrier(4, milliseconds(10));
  InThreads(4, [&](int rank) {
    if (rank % 2 == 1) return;
    const absl::Status status = barrier.Meet(rank, nullptr, Nothing);
    EXPECT_TRUE(absl::IsUnavailable(status));
    // Rank 0 or 2 may have given up before the other one came.
    EXPECT_THAT(status.message(), HasSubstr("1"));
    EXPECT_THAT(status.message(), HasSubstr("3 within 10 ms"));
  });
}

TEST(RankBarrier, PauseLastsUntilItsMoment) {
  RankBarrier barrier(1, kLong);
  const auto moment = std::chrono::steady_clock::now() + milliseconds(20);
  EXPECT_TRUE(barrier.Pause(0, moment).ok());
  EXPECT_GE(std::chrono::steady_clock::now(), moment);
}

TEST(RankBarrier, LeavingEndsTheOwnPauseOnly) {
  RankBarrier barrier(2, kLong);
  const auto now = std::chrono::steady_clock::now();
  std::thread other([&] { barrier.Leave(0); });
  EXPECT_TRUE(absl::IsUnavailable(barrier.Pause(0, now + kLong)));
  EXPECT_TRUE(barrier.Pause(1, now + milliseconds(10)).ok());
  other.join();
}

}  // namespace
}  // namespace lockstep
