#include "train/comm/meeting.h"

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

class MeetingOf : public ::testing::TestWithParam<int> {};

// Every rank writes into all others' numbers through one combination; the
// thread sanitizer watches.
TEST_P(MeetingOf, CombinesOncePerRoundInRankOrder) {
  const int size = GetParam();
  Meeting meeting(size, kLong);
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
      ASSERT_TRUE(meeting.Meet(rank, &number, sum).ok());
      EXPECT_EQ(number, round * size * size + size * (size - 1) / 2);
    }
  });
  EXPECT_EQ(combinations, 50);
}

TEST_P(MeetingOf, ARankThatLeavesFailsAllOthers) {
  const int size = GetParam();
  Meeting meeting(size, kLong);
  InThreads(size, [&](int rank) {
    ASSERT_TRUE(meeting.Meet(rank, nullptr, Nothing).ok());
    if (rank == 0) return meeting.Leave(0);
    for (int again = 0; again < 2; ++again) {
      const absl::Status status = meeting.Meet(rank, nullptr, Nothing);
      EXPECT_TRUE(absl::IsUnavailable(status));
      EXPECT_THAT(status.message(), HasSubstr("rank 0 has left"));
    }
  });
}

TEST_P(MeetingOf, AFailedCombinationIsEveryRanksResult) {
  Meeting meeting(GetParam(), kLong);
  InThreads(GetParam(), [&](int rank) {
    for (int again = 0; again < 2; ++again)
      EXPECT_TRUE(absl::IsInvalidArgument(
          meeting.Meet(rank, nullptr, [](const std::vector<void*>&) {
            return absl::InvalidArgumentError("different sizes");
          })));
  });
}

INSTANTIATE_TEST_SUITE_P(Sizes, MeetingOf, ::testing::Values(1, 2, 3, 7));

TEST(Meeting, NamesTheRanksThatDoNotCome) {
  Meeting meeting(4, milliseconds(10));
  InThreads(4, [&](int rank) {
    if (rank % 2 == 1) return;
    const absl::Status status = meeting.Meet(rank, nullptr, Nothing);
    EXPECT_TRUE(absl::IsUnavailable(status));
    // Rank 0 or 2 may have given up before the other one came.
    EXPECT_THAT(status.message(), HasSubstr("1"));
    EXPECT_THAT(status.message(), HasSubstr("3 within 10 ms"));
  });
}

TEST(Meeting, PauseLastsUntilItsMoment) {
  Meeting meeting(1, kLong);
  const auto moment = std::chrono::steady_clock::now() + milliseconds(20);
  EXPECT_TRUE(meeting.Pause(0, moment).ok());
  EXPECT_GE(std::chrono::steady_clock::now(), moment);
}

TEST(Meeting, LeavingEndsTheOwnPauseOnly) {
  Meeting meeting(2, kLong);
  const auto now = std::chrono::steady_clock::now();
  std::thread other([&] { meeting.Leave(0); });
  EXPECT_TRUE(absl::IsUnavailable(meeting.Pause(0, now + kLong)));
  EXPECT_TRUE(meeting.Pause(1, now + milliseconds(10)).ok());
  other.join();
}

}  // namespace
}  // namespace lockstep
