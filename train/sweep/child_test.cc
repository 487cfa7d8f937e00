#include "train/sweep/child.h"

#include <signal.h>

#include "gtest/gtest.h"
#include "tools/cli/file.h"
#include "tools/cli/testing_program.h"
#include "train/launch/stop_signal.h"

namespace lockstep {
namespace {

Child Shell(const std::string& command) {
  Child child;
  child.argv = {"sh", "-c", command};
  child.log = NewTestFolder() + "/log";
  child.stop = [](pid_t pid) { kill(pid, SIGTERM); };
  return child;
}

TEST(Child, ExitCodeSignalAndWords) {
  const Child says = Shell("echo out; echo error >&2; exit 3");
  const auto end = RunChild(says);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->code, 3);
  EXPECT_EQ(end->signal, 0);
  EXPECT_FALSE(end->stopped);
  EXPECT_EQ(ReadFile(says.log).value(), "out\nerror\n");
  const auto killed = RunChild(Shell("kill -9 $$"));
  ASSERT_TRUE(killed.ok());
  EXPECT_EQ(killed->code, 137);
  EXPECT_EQ(killed->signal, SIGKILL);
}

TEST(Child, WhatIsNotThereIsNamed) {
  Child child = Shell("");
  child.argv = {"/nowhere/program"};
  const auto end = RunChild(child);
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(end->code, 127);
  EXPECT_EQ(ReadFile(child.log).value(),
            "sweep: error: cannot start /nowhere/program: No such file or "
            "directory\n");
  child.log = "/nowhere/log";
  EXPECT_FALSE(RunChild(child).ok());
}

TEST(Child, MemoryIsLimited) {
  Child child = Shell("ulimit -d");
  child.memory_limit_bytes = 100 << 20;
  ASSERT_TRUE(RunChild(child).ok());
  EXPECT_EQ(ReadFile(child.log).value(), "102400\n");
}

// Last: the request to stop stays.
TEST(Child, ZIsAskedToEnd) {
  CatchSweepSignals();
  raise(SIGINT);
  ASSERT_TRUE(StopRequested());
  const auto end =
      RunChild(Shell("trap 'exit 75' TERM; while :; do sleep 0.1; "
                     "done"));
  ASSERT_TRUE(end.ok());
  EXPECT_TRUE(end->stopped);
  EXPECT_NE(end->signal, SIGKILL);
}

}  // namespace
}  // namespace lockstep
