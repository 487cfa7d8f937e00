#include "train/launch/rendezvous.h"

#include <thread>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/file.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

LaunchInfo LocalRank(int rank, int world_size, const std::string& path) {
  LaunchInfo info;
  info.launcher = "local";
  info.rank = rank;
  info.world_size = info.local_world_size = world_size;
  info.rendezvous = path;
  return info;
}

std::vector<absl::Status> MeetAll(int come, int world_size,
                                  const std::string& path,
                                  std::chrono::milliseconds timeout) {
  std::vector<absl::Status> statuses(come);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < come; ++rank)
    threads.emplace_back([&, rank] {
      RendezvousOptions options;
      options.timeout = timeout;
      statuses[rank] =
          Meet(LocalRank(rank, world_size, path), options).status();
    });
  for (std::thread& thread : threads) thread.join();
  return statuses;
}

TEST(Rendezvous, AllRanksMeetAndTheFileGoes) {
  const std::string path = ::testing::TempDir() + "/meet";
  for (const absl::Status& status :
       MeetAll(4, 4, path, std::chrono::seconds(30)))
    EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(absl::IsNotFound(ReadFile(path).status()));
}

// Port 1 refuses; the file is replaced and the ranks meet all the same.
TEST(Rendezvous, AStaleFileIsHarmless) {
  const std::string path = ::testing::TempDir() + "/stale";
  ASSERT_TRUE(WriteFileAtomically(path, "127.0.0.1 1 0123\n").ok());
  for (const absl::Status& status :
       MeetAll(2, 2, path, std::chrono::seconds(30)))
    EXPECT_TRUE(status.ok()) << status;
}

// torchrun's agent listens on MASTER_PORT itself; every rank is a client.
TEST(Rendezvous, RanksMeetInTheStoreOfTorchrunsAgent) {
  c10d::TCPStoreOptions agent;
  agent.port = 0;
  agent.isServer = true;
  agent.waitWorkers = false;
  const c10d::TCPStore store("127.0.0.1", agent);
  std::vector<std::thread> ranks;
  for (int rank = 0; rank < 3; ++rank) {
    ranks.emplace_back([&, rank] {
      LaunchInfo launch = LocalRank(rank, 3, "");
      launch.launcher = "torchrun";
      launch.master_address = "127.0.0.1";
      launch.master_port = store.getPort();
      launch.agent_serves_store = true;
      const absl::Status status = Meet(launch, {}).status();
      EXPECT_TRUE(status.ok()) << status;
    });
  }
  for (std::thread& rank : ranks) rank.join();
}

TEST(Rendezvous, TheMissingRankIsNamed) {
  const std::string path = ::testing::TempDir() + "/missing";
  const auto statuses = MeetAll(2, 3, path, std::chrono::milliseconds(500));
  EXPECT_TRUE(absl::IsDeadlineExceeded(statuses[0]));
  EXPECT_THAT(statuses[0].message(), HasSubstr("rank 2 of 3 did not come"));
}

TEST(Rendezvous, NoRankZeroNamesTheFile) {
  RendezvousOptions options;
  options.timeout = std::chrono::milliseconds(100);
  const absl::Status status =
      Meet(LocalRank(1, 2, "/no/such/file"), options).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_THAT(status.message(), HasSubstr("/no/such/file"));
}

TEST(ThisHostAddress, UnknownInterfaceIsNamed) {
  EXPECT_THAT(ThisHostAddress({}, "nothere0").status().message(),
              HasSubstr("nothere0"));
  EXPECT_EQ(*ThisHostAddress({}, ""), "127.0.0.1");
  EXPECT_EQ(*ThisHostAddress({}, "lo"), "127.0.0.1");
}

}  // namespace
}  // namespace lockstep
