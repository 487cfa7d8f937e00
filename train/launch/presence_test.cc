#include "train/launch/presence.h"

#include <torch/csrc/distributed/c10d/HashStore.hpp>

#include "gtest/gtest.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;

// Ranks 0 and 1 over one store, and a clock that goes on by intervals.
class PresenceTest : public ::testing::Test {
 protected:
  std::optional<int> LookOfRank0() { return rank_0_.Look({1}, now_); }

  c10::intrusive_ptr<c10d::HashStore> store_ =
      c10::make_intrusive<c10d::HashStore>();
  Presence rank_0_{*store_, 0}, rank_1_{*store_, 1};
  Presence::Time now_{std::chrono::hours(1)};
};

TEST_F(PresenceTest, WhoBeatsIsThere) {
  for (int i = 0; i < 5 * kSilentLooks; ++i, now_ += kPresenceInterval) {
    EXPECT_EQ(rank_1_.Look({0}, now_), std::nullopt);
    EXPECT_EQ(LookOfRank0(), std::nullopt);
  }
}

TEST_F(PresenceTest, WhoNeverBeatsOrStopsIsLost) {
  for (int beats : {0, 3}) {
    for (int i = 0; i < beats; ++i, now_ += kPresenceInterval) {
      rank_1_.Look({}, now_);
      EXPECT_EQ(LookOfRank0(), std::nullopt);
    }
    int looks = 0;
    while (LookOfRank0() == std::nullopt && looks < 99) {
      now_ += kPresenceInterval;
      ++looks;
    }
    EXPECT_NEAR(looks, kSilentLooks, 1);
  }
}

TEST_F(PresenceTest, WhoWasStoppedItselfBlamesNobody) {
  rank_1_.Look({}, now_);
  EXPECT_EQ(LookOfRank0(), std::nullopt);
  now_ += 100 * kPresenceInterval;
  EXPECT_EQ(LookOfRank0(), std::nullopt);
}

TEST_F(PresenceTest, CallsWithinAnIntervalAskNothing) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(LookOfRank0(), std::nullopt);
  EXPECT_EQ(store_->add("beats/0", 0), 1);
}

TEST_F(PresenceTest, AnAnnouncementKeepsItsCodeAndWords) {
  EXPECT_TRUE(rank_1_.Announcement().ok());
  const absl::Status failure = absl::UnavailableError("rank 2 was lost");
  rank_0_.Announce(failure, {1}, milliseconds(0));
  EXPECT_EQ(rank_1_.Announcement(), failure);
  // It was acknowledged: this would not return in the test's time.
  rank_0_.Announce(failure, {1}, std::chrono::hours(1));
}

}  // namespace
}  // namespace lockstep
