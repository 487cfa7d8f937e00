#include "train/launch/launcher_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"
#include "tools/cli/testing_program.h"

namespace lockstep {
namespace {

TEST(LauncherProcess, IsTheNearestAncestorWithoutTheVariable) {
  const std::string parent = LauncherProcess("LOCKSTEP_SET_NOWHERE");
  EXPECT_EQ(parent.find(absl::StrCat(ThisHostName(), ".", getppid(), ".")), 0)
      << parent;
  EXPECT_EQ(parent, LauncherProcess("LOCKSTEP_SET_NOWHERE"));
}

// What a rank that this test starts says; see the test below.
TEST(LauncherProcess, Probe) {
  if (getenv("LOCKSTEP_PROBE") != nullptr)
    printf("PROBE %s\n", LauncherProcess("LOCKSTEP_PROBE").c_str());
}

// One rank directly, one in two shells, as a user's script would start it.
TEST(LauncherProcess, IsTheSameForRanksInScripts) {
  if (getenv("LOCKSTEP_PROBE") != nullptr) return;
  const std::string self =
      absl::StrCat(std::filesystem::read_symlink("/proc/self/exe").string(),
                   " --gtest_filter=*.Probe");
  const std::string out =
      RunProgram(absl::StrCat("sh -c 'LOCKSTEP_PROBE=1 ", self,
                              "; LOCKSTEP_PROBE=1 sh -c \"sh -c \\\"", self,
                              "; true\\\"; true\"; true'"))
          .out;
  std::vector<std::string> said;
  for (absl::string_view line : absl::StrSplit(out, '\n'))
    if (absl::ConsumePrefix(&line, "PROBE ")) said.emplace_back(line);
  ASSERT_EQ(said.size(), 2) << out;
  EXPECT_EQ(said[0], said[1]);
  EXPECT_EQ(said[0].find(ThisHostName() + "."), 0) << said[0];
}

TEST(ThisHostName, IsNotEmpty) { EXPECT_FALSE(ThisHostName().empty()); }

}  // namespace
}  // namespace lockstep
