#include "quant/thread_team.h"

#include <numeric>

#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

TEST(ThreadTeam, RunsATaskOnceOnEveryThread) {
  for (size_t threads : {1, 2, 4}) {
    ThreadTeam team(threads);
    EXPECT_EQ(team.size(), threads);
    std::vector<int> calls(threads);
    for (int i = 0; i < 1000; ++i)
      team.Run([&](size_t thread) { ++calls[thread]; });
    EXPECT_EQ(calls, std::vector<int>(threads, 1000));
  }
}

// Each step reads what the other threads wrote in the step before.
TEST(ThreadTeam, BarrierSeparatesSteps) {
  constexpr size_t kThreads = 3;
  ThreadTeam team(kThreads);
  std::vector<int> step(kThreads), next(kThreads);
  team.Run([&](size_t thread) {
    for (int i = 0; i < 500; ++i) {
      next[thread] = std::accumulate(step.begin(), step.end(), 1);
      team.Barrier();
      step[thread] = next[thread] % 1000;
      team.Barrier();
    }
  });
  EXPECT_EQ(step[0], step[1]);
  EXPECT_EQ(step[0], step[2]);
}

TEST(ThreadTeam, WakesThreadsThatSleep) {
  ThreadTeam team(2);
  for (int i = 0; i < 3; ++i) {
    // Long enough for a worker to have gone to sleep.
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::atomic<int> calls{0};
    team.Run([&](size_t) { ++calls; });
    EXPECT_EQ(calls, 2);
  }
}

}  // namespace
}  // namespace lockstep::quant
