// Lifelines between real processes that are killed, stopped and continued.

#include <signal.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "train/lifeline/testing_process.h"
#include "train/lifeline/testing_run.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int kRanks = 4;

ProcessOptions OptionsOf(int rank, milliseconds server_stall,
                         milliseconds client_stall) {
  ProcessOptions options;
  options.lifeline = TestOptions(rank, kRanks);
  options.lifeline.stall_timeout = client_stall;
  options.server = TestServerOptions(kRanks);
  options.server.stall_timeout = server_stall;
  return options;
}

// Four ranks that have all ticked.
std::vector<RankProcess> StartRun(milliseconds server_stall = milliseconds(0),
                                  milliseconds client_stall = milliseconds(0)) {
  std::vector<RankProcess> ranks;
  for (int rank = 0; rank < kRanks; ++rank)
    ranks.emplace_back(OptionsOf(rank, server_stall, client_stall));
  const std::string port = ranks[0].Await("port");
  for (RankProcess& rank : ranks) rank.Tell("port " + port);
  for (RankProcess& rank : ranks) EXPECT_EQ(rank.Await("ready"), "");
  return ranks;
}

// The verdict of all ranks but `gone` (-1 = none).
std::string CommonVerdict(std::vector<RankProcess>& ranks, int gone) {
  std::string common;
  for (int rank = kRanks - 1; rank >= 0; --rank) {
    if (rank == gone) continue;
    const std::string verdict = ranks[rank].Await("verdict");
    if (common.empty()) common = verdict;
    EXPECT_EQ(verdict, common) << "rank " << rank;
  }
  return common;
}

std::string Named(const RankProcess& rank, int number) {
  return absl::StrCat(number, " rank ", number, " (host n", number, ", pid ",
                      rank.pid(), ")");
}

TEST(Process, AKilledRankIsNamedToAll) {
  for (int killed : {0, 2}) {
    std::vector<RankProcess> ranks = StartRun();
    ranks[killed].Signal(SIGKILL);
    const std::string verdict = CommonVerdict(ranks, killed);
    EXPECT_THAT(verdict, StartsWith(Named(ranks[killed], killed) +
                                    " was lost: its connection closed"));
  }
}

// What a broken collective looks like: the others blame whom they lost.
TEST(Process, VictimsOfAKilledRankDoNotHideIt) {
  std::vector<RankProcess> ranks = StartRun();
  ranks[1].Tell("victim all-reduce failed: connection closed by peer");
  ranks[2].Signal(SIGKILL);
  ranks[3].Tell("victim all-reduce failed: connection closed by peer");
  EXPECT_THAT(CommonVerdict(ranks, 2), StartsWith(Named(ranks[2], 2)));
}

TEST(Process, AFailureIsToldToAll) {
  std::vector<RankProcess> ranks = StartRun();
  ranks[3].Tell("fail no memory");
  const std::string verdict = CommonVerdict(ranks, -1);
  EXPECT_THAT(verdict, StartsWith(Named(ranks[3], 3) + " failed at step "));
  EXPECT_THAT(verdict, HasSubstr("(forward): no memory"));
}

TEST(Process, AStopReachesAllAndTheRunEndsInOrder) {
  std::vector<RankProcess> ranks = StartRun();
  ranks[1].Tell("stop SIGTERM");
  for (RankProcess& rank : ranks)
    EXPECT_EQ(rank.Await("stop"),
              absl::StrCat("rank 1 (host n1, pid ", ranks[1].pid(),
                           ") asks to stop: SIGTERM"));
  for (RankProcess& rank : ranks) rank.Tell("leave");
  for (RankProcess& rank : ranks) EXPECT_EQ(rank.Await("left"), "");
}

TEST(Process, AStoppedRankIsNamedAndHearsOfItLater) {
  std::vector<RankProcess> ranks = StartRun(milliseconds(3000));
  ranks[2].Signal(SIGSTOP);
  const std::string verdict = CommonVerdict(ranks, 2);
  EXPECT_THAT(verdict, StartsWith(Named(ranks[2], 2)));
  EXPECT_THAT(verdict, HasSubstr("its whole process stands still"));
  ranks[2].Signal(SIGCONT);
  EXPECT_EQ(ranks[2].Await("verdict"), verdict);
}

TEST(Process, AStoppedRankZeroIsNamedAndBlamesNobodyElse) {
  std::vector<RankProcess> ranks =
      StartRun(milliseconds(3000), milliseconds(3000));
  ranks[0].Signal(SIGSTOP);
  for (int rank : {1, 2, 3})
    EXPECT_THAT(ranks[rank].Await("verdict"),
                StartsWith(Named(ranks[0], 0) + " has made no progress for"));
  ranks[0].Signal(SIGCONT);
  EXPECT_THAT(ranks[0].Await("verdict"),
              StartsWith(Named(ranks[0], 0) + " has made no progress for"));
}

// The server sleeps longer than its own limit; that time must not count
// against the others. They do not judge here, so the run has to go on.
TEST(Process, AServerThatSleptBlamesNobody) {
  std::vector<RankProcess> ranks = StartRun(milliseconds(2000));
  ranks[0].Signal(SIGSTOP);
  std::this_thread::sleep_for(milliseconds(3000));  // the stop itself
  ranks[0].Signal(SIGCONT);
  for (RankProcess& rank : ranks) rank.Tell("stop SIGTERM");
  for (RankProcess& rank : ranks) EXPECT_NE(rank.Await("stop"), "(nothing)");
  ranks[3].Signal(SIGKILL);
  EXPECT_THAT(CommonVerdict(ranks, 3),
              StartsWith(Named(ranks[3], 3) + " was lost"));
}

// A suspended job: all stop and all go on.
TEST(Process, ASuspendedRunGoesOn) {
  std::vector<RankProcess> ranks =
      StartRun(milliseconds(2000), milliseconds(2000));
  for (RankProcess& rank : ranks) rank.Signal(SIGSTOP);
  std::this_thread::sleep_for(milliseconds(3000));  // the stop itself
  for (RankProcess& rank : ranks) rank.Signal(SIGCONT);
  ranks[1].Tell("stop SIGTERM");
  for (RankProcess& rank : ranks) EXPECT_NE(rank.Await("stop"), "(nothing)");
  for (RankProcess& rank : ranks) rank.Tell("leave");
  for (RankProcess& rank : ranks) EXPECT_EQ(rank.Await("left"), "");
}

TEST(Process, AFrozenTrainingThreadIsAStall) {
  std::vector<RankProcess> ranks = StartRun(milliseconds(2000));
  ranks[1].Tell("freeze");
  const std::string verdict = CommonVerdict(ranks, -1);
  EXPECT_THAT(verdict,
              StartsWith(Named(ranks[1], 1) + " has made no progress for 2."));
}

}  // namespace
}  // namespace lockstep
