#include "train/comm/watch_thread.h"

#include <future>

#include "gtest/gtest.h"

namespace lockstep {
namespace {

TEST(WatchThread, LooksAgainAndAgain) {
  int looks = 0;
  std::promise<void> third;
  const WatchThread watch(std::chrono::milliseconds(1), [&] {
    if (++looks == 3) third.set_value();
  });
  EXPECT_EQ(third.get_future().wait_for(std::chrono::minutes(1)),
            std::future_status::ready);
}

TEST(WatchThread, EndsWithoutWaitingForItsPeriod) {
  const WatchThread watch(std::chrono::hours(1), [] {});
}

}  // namespace
}  // namespace lockstep
