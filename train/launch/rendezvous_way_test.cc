#include "train/launch/rendezvous_way.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

// A rank 0 of a Slurm step on two hosts.
LaunchInfo SlurmRank0() {
  LaunchInfo launch;
  launch.launcher = "slurm";
  launch.world_size = 4;
  launch.local_world_size = 2;
  launch.rendezvous = "6.0.0.rendezvous";
  launch.host = "n0";
  launch.hosts = {"n0", "n1"};
  launch.reserved_port = 21017;
  return launch;
}

LaunchInfo WithMaster(LaunchInfo launch) {
  launch.master_address = "n7";
  launch.master_port = 29500;
  return launch;
}

LaunchInfo Named(LaunchInfo launch, const char* rendezvous) {
  launch.rendezvous = rendezvous;
  return launch;
}

RendezvousOptions Options(const char* method, bool own = false) {
  RendezvousOptions options;
  options.method = method;
  options.directory = "/shared";
  options.directory_is_own = own;
  return options;
}

TEST(ChooseWay, FollowsTheMethodAndWhatTheLauncherGave) {
  struct Case {
    const char* what;
    LaunchInfo launch;
    RendezvousOptions options;
    RendezvousWay::Kind kind;
    const char* where;  // "address:port path folder"
  };
  const Case cases[] = {
      {"a given place wins", WithMaster(SlurmRank0()), Options("auto"),
       RendezvousWay::kGiven, "n7:29500  "},
      {"unless a file is asked for", WithMaster(SlurmRank0()), Options("file"),
       RendezvousWay::kPublished, ":0 /shared/6.0.0.rendezvous /shared"},
      {"else a file", SlurmRank0(), Options("auto"), RendezvousWay::kPublished,
       ":0 /shared/6.0.0.rendezvous /shared"},
      {"a whole path needs no folder", Named(SlurmRank0(), "/tmp/x"),
       Options("auto"), RendezvousWay::kPublished, ":0 /tmp/x "},
      {"a folder of its own needs no name", Named(SlurmRank0(), ""),
       Options("file", true), RendezvousWay::kPublished,
       ":0 /shared/run.rendezvous /shared"},
      {"Slurm's port", WithMaster(SlurmRank0()), Options("ports"),
       RendezvousWay::kReserved, "n0:21017  "}};
  for (const Case& c : cases) {
    const auto way = ChooseWay(c.launch, c.options);
    ASSERT_TRUE(way.ok()) << c.what << ": " << way.status();
    EXPECT_EQ(way->kind, c.kind) << c.what;
    EXPECT_EQ(way->address + ":" + std::to_string(way->port) + " " + way->path +
                  " " + way->folder,
              c.where)
        << c.what;
  }
}

TEST(ChooseWay, ReservedPortsOnOneHostAreOnTheLoopback) {
  LaunchInfo launch = SlurmRank0();
  launch.local_world_size = launch.world_size;
  EXPECT_EQ(ChooseWay(launch, Options("ports"))->address, "127.0.0.1");
}

TEST(ChooseWay, SaysWhatIsMissing) {
  LaunchInfo no_port = SlurmRank0(), no_hosts = no_port, elsewhere = no_port;
  no_port.reserved_port = 0;
  no_hosts.hosts.clear();
  elsewhere.host = "n1";
  struct Case {
    LaunchInfo launch;
    RendezvousOptions options;
    absl::StatusCode code;
    const char* message;
  };
  for (const Case& c :
       {Case{no_port, Options("ports"), absl::StatusCode::kFailedPrecondition,
             "SLURM_STEP_RESV_PORTS"},
        Case{no_hosts, Options("ports"), absl::StatusCode::kFailedPrecondition,
             "SLURM_STEP_RESV_PORTS"},
        Case{elsewhere, Options("ports"), absl::StatusCode::kFailedPrecondition,
             "but it is on n1"},
        Case{Named(SlurmRank0(), ""), Options("auto"),
             absl::StatusCode::kFailedPrecondition, "--rendezvous_dir"},
        Case{SlurmRank0(), Options("pigeon"),
             absl::StatusCode::kInvalidArgument, "'pigeon'"}}) {
    const absl::Status status = ChooseWay(c.launch, c.options).status();
    EXPECT_EQ(status.code(), c.code) << status;
    EXPECT_THAT(status.message(), HasSubstr(c.message));
  }
}

// Only rank 0 can be in the wrong place.
TEST(ChooseWay, OtherRanksMayBeAnywhere) {
  LaunchInfo launch = SlurmRank0();
  launch.rank = 3;
  launch.host = "n1";
  EXPECT_EQ(ChooseWay(launch, Options("ports"))->address, "n0");
}

}  // namespace
}  // namespace lockstep
