#include "train/launch/rendezvous.h"

#include <unistd.h>

#include <filesystem>
#include <thread>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/file.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using Results = std::vector<absl::StatusOr<Meeting>>;

constexpr auto kPlenty = std::chrono::seconds(40);
constexpr auto kShort = std::chrono::milliseconds(500);

// An own file for each test.
std::string Path() {
  return ::testing::TempDir() + "/" +
         ::testing::UnitTest::GetInstance()->current_test_info()->name();
}

LaunchInfo LocalRank(int rank, int world_size) {
  LaunchInfo info;
  info.launcher = "local";
  info.rank = rank;
  info.world_size = info.local_world_size = world_size;
  info.rendezvous = Path();
  return info;
}

// What user-exported variables say; `port` is rank 0's.
LaunchInfo MasterRank(int rank, int world_size, int port) {
  LaunchInfo info = LocalRank(rank, world_size);
  info.launcher = "torchrun";
  info.rendezvous = "";
  info.master_address = "127.0.0.1";
  info.master_port = port;
  return info;
}

// A port that was free a moment ago.
int FreePort() {
  const auto socket = ListenAt("", 0);
  close(socket->fd);
  return socket->port;
}

Results MeetAll(const std::vector<LaunchInfo>& ranks,
                std::chrono::milliseconds timeout = kPlenty,
                RendezvousOptions options = {}) {
  options.timeout = timeout;
  Results results(ranks.size(), absl::UnknownError("did not run"));
  std::vector<std::thread> threads;
  for (size_t i = 0; i < ranks.size(); ++i)
    threads.emplace_back([&, i] { results[i] = Meet(ranks[i], options); });
  for (std::thread& thread : threads) thread.join();
  return results;
}

void ExpectOneMeeting(const Results& results) {
  for (const auto& meeting : results) {
    ASSERT_TRUE(meeting.ok()) << meeting.status();
    EXPECT_TRUE(IsNonce(meeting->nonce));
    EXPECT_EQ(meeting->nonce, results[0]->nonce);
    ASSERT_EQ(meeting->ranks.size(), results.size());
    for (const RankPlace& place : meeting->ranks) {
      EXPECT_EQ(place.pid, getpid());
      EXPECT_EQ(place.host, ThisRankPlace({}, "").host);
    }
  }
}

TEST(Rendezvous, AllRanksMeetAndTheFileGoes) {
  ExpectOneMeeting(MeetAll(
      {LocalRank(0, 4), LocalRank(1, 4), LocalRank(2, 4), LocalRank(3, 4)}));
  EXPECT_TRUE(absl::IsNotFound(ReadFile(Path()).status()));
}

TEST(Rendezvous, RanksShareTheStore) {
  const Results results = MeetAll({LocalRank(0, 2), LocalRank(1, 2)});
  ExpectOneMeeting(results);
  results[1]->store->set("key", std::vector<uint8_t>{42});
  EXPECT_EQ(results[0]->store->get("key"), std::vector<uint8_t>{42});
}

// Port 1 refuses; the file is replaced and the ranks meet all the same.
TEST(Rendezvous, AStaleFileIsHarmless) {
  for (const char* content :
       {"127.0.0.1 1 0123456789abcdef\n", "garbage", ""}) {
    ASSERT_TRUE(WriteFileAtomically(Path(), content).ok());
    ExpectOneMeeting(MeetAll({LocalRank(0, 2), LocalRank(1, 2)}));
  }
}

// The earlier run's port now belongs to another run's store.
TEST(Rendezvous, AStaleFileThatLeadsToAnotherStoreIsHarmless) {
  c10d::TCPStoreOptions other;
  other.port = 0;
  other.isServer = true;
  other.waitWorkers = false;
  const c10d::TCPStore store("127.0.0.1", other);
  ASSERT_TRUE(WriteFileAtomically(
                  Path(), EncodeMeetingPlace({"127.0.0.1", store.getPort(),
                                              "0123456789abcdef"}))
                  .ok());
  absl::StatusOr<Meeting> member = absl::UnknownError("");
  std::thread early([&, launch = LocalRank(1, 2)] {
    RendezvousOptions options;
    options.timeout = kPlenty;
    member = Meet(launch, options);
  });
  const Results rank0 = MeetAll({LocalRank(0, 2)});
  early.join();
  EXPECT_TRUE(rank0[0].ok()) << rank0[0].status();
  EXPECT_TRUE(member.ok()) << member.status();
}

TEST(Rendezvous, AFileInAFolderThatIsMadeAndRemoved) {
  std::vector<LaunchInfo> ranks = {LocalRank(0, 2), LocalRank(1, 2)};
  for (LaunchInfo& rank : ranks) rank.rendezvous = "6.0.0.rendezvous";
  RendezvousOptions options;
  options.directory = Path();
  ExpectOneMeeting(MeetAll(ranks, kPlenty, options));
  EXPECT_FALSE(std::filesystem::exists(Path()));
}

TEST(Rendezvous, AFolderOfTheirOwnNamesNamelessRuns) {
  std::vector<LaunchInfo> ranks = {LocalRank(0, 2), LocalRank(1, 2)};
  for (LaunchInfo& rank : ranks) rank.rendezvous = "";
  RendezvousOptions options;
  options.directory = Path();
  for (const auto& result : MeetAll(ranks, kPlenty, options)) {
    EXPECT_TRUE(absl::IsFailedPrecondition(result.status()));
    EXPECT_THAT(result.status().message(), HasSubstr("--rendezvous_dir"));
    EXPECT_THAT(result.status().message(), HasSubstr("MASTER_ADDR"));
  }
  options.directory_is_own = true;
  ExpectOneMeeting(MeetAll(ranks, kPlenty, options));
}

TEST(Rendezvous, RanksMeetAtAGivenPlace) {
  const int port = FreePort();
  // One after the other at the same place.
  for (int run = 0; run < 2; ++run)
    ExpectOneMeeting(MeetAll({MasterRank(0, 3, port), MasterRank(1, 3, port),
                              MasterRank(2, 3, port)}));
}

TEST(Rendezvous, ATakenPortIsNamed) {
  const auto socket = ListenAt("", 0);
  const Results results = MeetAll({MasterRank(0, 2, socket->port)});
  EXPECT_TRUE(absl::IsFailedPrecondition(results[0].status()));
  EXPECT_THAT(results[0].status().message(), HasSubstr("is taken"));
  close(socket->fd);
}

TEST(Rendezvous, RanksOfTwoBuildsAreToldSo) {
  const int port = FreePort();
  std::vector<std::thread> threads;
  Results results(3, absl::UnknownError("did not run"));
  for (int rank = 0; rank < 3; ++rank)
    threads.emplace_back([&, rank] {
      RendezvousOptions options;
      options.timeout = kPlenty;
      options.build = rank == 2 ? "2222222-dirty" : "1111111";
      results[rank] = Meet(MasterRank(rank, 3, port), options);
    });
  for (std::thread& thread : threads) thread.join();
  for (const auto& result : results) {
    EXPECT_TRUE(absl::IsFailedPrecondition(result.status()));
    EXPECT_THAT(result.status().message(), HasSubstr("rank 2 (host "));
    EXPECT_THAT(result.status().message(), HasSubstr("build 2222222-dirty"));
    EXPECT_THAT(result.status().message(), HasSubstr("is build 1111111"));
  }
}

// torchrun's agent listens on MASTER_PORT itself; every rank is a client. A
// script may start two runs under one agent: the second finds the first's keys.
TEST(Rendezvous, RanksMeetTwiceInTheStoreOfTorchrunsAgent) {
  c10d::TCPStoreOptions agent;
  agent.port = 0;
  agent.isServer = true;
  agent.waitWorkers = false;
  const c10d::TCPStore store("127.0.0.1", agent);
  std::string nonce;
  for (int run = 0; run < 2; ++run) {
    std::vector<LaunchInfo> ranks;
    for (int rank = 0; rank < 3; ++rank) {
      ranks.push_back(MasterRank(rank, 3, store.getPort()));
      ranks.back().agent_serves_store = true;
    }
    const Results results = MeetAll(ranks);
    ExpectOneMeeting(results);
    EXPECT_NE(results[0]->nonce, nonce);
    nonce = results[0]->nonce;
  }
}

LaunchInfo StepRank(int rank, int port) {
  LaunchInfo info = LocalRank(rank, 2);
  info.launcher = "slurm";
  info.host = "n0";
  info.hosts = {"n0"};
  info.tasks_on_host = {2};
  info.reserved_port = port;
  return info;
}

TEST(Rendezvous, RanksMeetOnAReservedPort) {
  const int port = FreePort();
  RendezvousOptions options;
  options.method = "ports";
  for (const auto& result :
       MeetAll({StepRank(0, port), StepRank(1, port)}, kPlenty, options)) {
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->ranks[1].host, "n0");
  }
}

TEST(Rendezvous, WaysThatCannotWorkAreNamed) {
  LaunchInfo elsewhere = StepRank(0, 1);
  elsewhere.host = "n1";
  struct Case {
    LaunchInfo launch;
    const char *method, *message;
  };
  for (const Case& c :
       {Case{LocalRank(0, 2), "ports", "SLURM_STEP_RESV_PORTS"},
        Case{elsewhere, "ports", "first host, n0, but it is on n1"},
        Case{LocalRank(0, 2), "smoke", "'smoke' is not one of"},
        Case{MasterRank(0, 2, 1), "file", "tells this run from others"}}) {
    RendezvousOptions options;
    options.method = c.method;
    EXPECT_THAT(MeetAll({c.launch}, kShort, options)[0].status().message(),
                HasSubstr(c.message));
  }
}

TEST(Rendezvous, MissingRanksAndTheirHostsAreNamed) {
  std::vector<LaunchInfo> ranks = {LocalRank(0, 4), LocalRank(1, 4)};
  for (LaunchInfo& rank : ranks) {
    rank.host = "n0";
    rank.hosts = {"n0", "n1"};
    rank.tasks_on_host = {2, 2};
  }
  const Results results = MeetAll(ranks, std::chrono::seconds(2));
  EXPECT_TRUE(absl::IsDeadlineExceeded(results[0].status()));
  EXPECT_THAT(results[0].status().message(),
              HasSubstr("ranks 2, 3 of 4 did not come; hosts with too few "
                        "ranks: n1 (0 of 2)"));
  EXPECT_EQ(results[1].status(), results[0].status());  // rank 0 told it
}

TEST(Rendezvous, NoRankZeroNamesWhatWasWaitedFor) {
  LaunchInfo file = LocalRank(1, 2);
  file.rendezvous = "/no/such/file";
  EXPECT_THAT(MeetAll({file}, kShort)[0].status().message(),
              HasSubstr("/no/such/file"));
  const int port = FreePort();
  const absl::Status status =
      MeetAll({MasterRank(1, 2, port)}, kShort)[0].status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_THAT(status.message(), HasSubstr("127.0.0.1:" + std::to_string(port)));
}

TEST(Rendezvous, ARankThatComesTwiceIsNamed) {
  const Results results =
      MeetAll({LocalRank(0, 3), LocalRank(1, 3), LocalRank(1, 3)},
              std::chrono::seconds(2));
  EXPECT_TRUE(absl::IsDeadlineExceeded(results[0].status()));
  EXPECT_THAT(results[0].status().message(), HasSubstr("rank 2 of 3"));
}

// Ranks of two runs at one place: each run's first rank counts its own only.
TEST(Rendezvous, AnotherRunsMemberIsNotCounted) {
  const int port = FreePort();
  LaunchInfo mine = MasterRank(0, 2, port), other = MasterRank(1, 2, port);
  mine.run_id = "a";
  other.run_id = "b";
  absl::Status first;
  std::thread run(
      [&] { first = MeetAll({mine}, std::chrono::seconds(3))[0].status(); });
  // While the place is there: once it is gone, that is what a rank would tell.
  const absl::Status stranger =
      MeetAll({other}, std::chrono::seconds(1))[0].status();
  run.join();
  EXPECT_TRUE(absl::IsDeadlineExceeded(stranger)) << stranger;
  EXPECT_TRUE(absl::IsDeadlineExceeded(first)) << first;
}

}  // namespace
}  // namespace lockstep
