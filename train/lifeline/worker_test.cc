#include "train/lifeline/worker.h"

#include <poll.h>
#include <signal.h>

#include <future>

#include "gtest/gtest.h"

namespace lockstep {
namespace {

// Waits for a wake as bodies do.
void AwaitWake(Worker& worker) {
  pollfd waiting = {worker.wake_fd(), POLLIN, 0};
  EXPECT_EQ(poll(&waiting, 1, 60000), 1);
  worker.ClearWake();
}

TEST(Worker, StopsAtOnceAndAnyNumberOfTimes) {
  Worker worker;
  worker.Stop();  // was never started
  ASSERT_TRUE(worker
                  .Start([&] {
                    while (!worker.stopping()) AwaitWake(worker);
                  })
                  .ok());
  worker.Stop();
  worker.Stop();
}

TEST(Worker, AWakeIsNotLost) {
  Worker worker;
  std::promise<void> woken;
  ASSERT_TRUE(worker
                  .Start([&] {
                    AwaitWake(worker);
                    woken.set_value();
                  })
                  .ok());
  worker.Wake();
  EXPECT_EQ(woken.get_future().wait_for(std::chrono::seconds(60)),
            std::future_status::ready);
}

TEST(Worker, SignalsGoToOtherThreads) {
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  Worker worker;
  std::promise<bool> blocked;
  ASSERT_TRUE(worker
                  .Start([&] {
                    sigset_t mine;
                    pthread_sigmask(SIG_SETMASK, nullptr, &mine);
                    blocked.set_value(sigismember(&mine, SIGTERM) == 1);
                  })
                  .ok());
  EXPECT_TRUE(blocked.get_future().get());
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
}

}  // namespace
}  // namespace lockstep
