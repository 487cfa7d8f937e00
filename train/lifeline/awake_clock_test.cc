#include "train/lifeline/awake_clock.h"

#include "gtest/gtest.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;

TEST(AwakeClock, CountsRoundsAndNotStops) {
  std::chrono::steady_clock::time_point now{};
  AwakeClock clock(now);
  EXPECT_EQ(clock.Advance(now += milliseconds(250)), milliseconds(250));
  EXPECT_EQ(clock.Advance(now), milliseconds(250));
  EXPECT_EQ(clock.Advance(now += milliseconds(500)), milliseconds(750));
  // Stopped for an hour: one long round.
  EXPECT_EQ(clock.Advance(now += std::chrono::hours(1)), milliseconds(1250));
  EXPECT_EQ(clock.Advance(now += milliseconds(250)), milliseconds(1500));
}

}  // namespace
}  // namespace lockstep
