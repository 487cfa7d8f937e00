// A rank that is lost after the ranks have met and before it has a lifeline:
// the others end soon, with its name, and not by a collective's time-out. Real
// processes, but for the rank that is lost: it is this test, which only meets.

#include <unistd.h>

#include <torch/csrc/distributed/c10d/Store.hpp>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/build_info.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/testing_program.h"
#include "train/launch/rendezvous.h"
#include "train/testing_processes.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

constexpr int kWorldSize = 3, kLost = 1;

LaunchInfo LostRank(const RunPlace& place) {
  LaunchInfo launch;
  launch.launcher = "torchrun";
  launch.rank = launch.local_rank = kLost;
  launch.world_size = launch.local_world_size = kWorldSize;
  launch.master_address = "127.0.0.1";
  launch.master_port = place.port;
  return launch;
}

TEST(NeverJoined, TheOthersNameItAndEnd) {
  const std::string folder = NewTestFolder();
  const RunPlace place = NewRunPlace(kWorldSize, folder + "/run");
  Processes processes(folder);
  for (int r : {0, 2})
    processes.Start(RankCommand(place, r, "--model lenet --epochs 100000"));
  RendezvousOptions options;
  options.timeout = kPatience;
  options.build = GitRevision();
  {
    const auto meeting = Meet(LostRank(place), options);
    ASSERT_TRUE(meeting.ok()) << meeting.status();
  }
  for (const Ended& end : processes.Wait()) {
    EXPECT_EQ(end.code, kExitPeerFailed) << end.error;
    EXPECT_THAT(end.error, HasSubstr(absl::StrCat("pid ", getpid(), ")")));
    EXPECT_THAT(end.error, HasSubstr("rank 1 (host "));
    EXPECT_THAT(end.error, HasSubstr("did not connect"));
  }
}

}  // namespace
}  // namespace lockstep
