#include "train/comm/serial_thread.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;

TEST(SerialThread, RunsAllTasksInOrderBeforeItEnds) {
  std::vector<int> ran;
  {
    SerialThread thread;
    for (int i = 0; i < 4; ++i) thread.Post([&ran, i] { ran.push_back(i); });
  }
  EXPECT_THAT(ran, ElementsAre(0, 1, 2, 3));
}

TEST(SerialThread, ATaskMayPostAnother) {
  std::vector<int> ran;
  {
    SerialThread thread;
    thread.Post([&] {
      ran.push_back(0);
      thread.Post([&] { ran.push_back(1); });
    });
  }
  EXPECT_THAT(ran, ElementsAre(0, 1));
}

TEST(SerialThread, EndsWithoutTasks) { SerialThread thread; }

}  // namespace
}  // namespace lockstep
