// Two hosts, as two network namespaces with a cable (veth) between them that
// the test pulls out at either end. Needs root or user namespaces, and `ip`.

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "train/lifeline/testing_process.h"
#include "train/lifeline/testing_run.h"

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kAddress[] = "10.77.0.1";
constexpr std::chrono::milliseconds kLinkTimeout(2000);

bool Shell(const std::string& command) {
  const std::string line =
      absl::StrCat("PATH=$PATH:/usr/sbin:/sbin; ", command, " >/dev/null 2>&1");
  return system(line.c_str()) == 0;
}

void WriteTo(const char* path, const std::string& text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  std::ignore = write(fd, text.data(), text.size());
  close(fd);
}

// Gives this process a network of its own; false if that is not allowed.
bool EnterNewNetwork() {
  if (unshare(CLONE_NEWNET) == 0) return true;
  const std::string user = absl::StrCat("0 ", geteuid(), " 1");
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  WriteTo("/proc/self/uid_map", user);
  return true;
}

std::string InNetworkOf(const RankProcess& rank, const std::string& command) {
  return absl::StrCat("nsenter --net=/proc/", rank.pid(), "/ns/net ", command);
}

// Joins this process's host with that of `there`.
bool LayCable(const RankProcess& there) {
  return Shell("ip link set lo up") &&
         Shell(absl::StrCat("ip link add here type veth peer name there netns ",
                            there.pid())) &&
         Shell(absl::StrCat("ip addr add ", kAddress, "/24 dev here")) &&
         Shell("ip link set here up") &&
         Shell(InNetworkOf(there, "ip addr add 10.77.0.2/24 dev there")) &&
         Shell(InNetworkOf(there, "ip link set there up"));
}

ProcessOptions OptionsOf(int rank) {
  ProcessOptions options;
  options.lifeline = TestOptions(rank, 3);
  options.lifeline.link_timeout = kLinkTimeout;
  options.server = TestServerOptions(3);
  options.server.link_timeout = kLinkTimeout;
  options.address = kAddress;
  if (rank == 2) options.before = [] { std::ignore = EnterNewNetwork(); };
  return options;
}

class LinkLoss : public ::testing::TestWithParam<bool> {};

// Ranks 0 and 1 on one host, 2 on the other.
TEST_P(LinkLoss, BothEndsReachAVerdict) {
  const bool far_end = GetParam();
  if (!Shell("command -v ip && command -v nsenter"))
    GTEST_SKIP() << "NOT TESTED: needs `ip` (iproute2) and `nsenter`";
  if (!EnterNewNetwork())
    GTEST_SKIP() << "NOT TESTED: network namespaces are not allowed here";
  RankProcess two(OptionsOf(2));
  ASSERT_EQ(two.Await("begun"), "");
  if (!LayCable(two))
    GTEST_SKIP() << "NOT TESTED: a veth pair cannot be made here";
  RankProcess zero(OptionsOf(0)), one(OptionsOf(1));
  const std::string port = zero.Await("port");
  for (RankProcess* rank : {&one, &two}) rank->Tell("port " + port);
  for (RankProcess* rank : {&zero, &one, &two})
    ASSERT_EQ(rank->Await("ready"), "");
  const auto pulled = std::chrono::steady_clock::now();
  ASSERT_TRUE(Shell(far_end ? InNetworkOf(two, "ip link set there down")
                            : "ip link set here down"));
  const std::string lost = "was lost: no answer over the network for 2.0 s";
  EXPECT_THAT(two.Await("verdict"),
              AllOf(StartsWith("0 rank 0 (host n0, pid "), HasSubstr(lost)));
  const std::string verdict = one.Await("verdict");
  EXPECT_THAT(verdict, HasSubstr(lost));
  if (far_end) {
    EXPECT_THAT(verdict, StartsWith("2 rank 2 (host n2, pid "));
    EXPECT_EQ(zero.Await("verdict"), verdict);
  }
  RecordProperty("seconds",
                 absl::StrCat(std::chrono::duration<double>(
                                  std::chrono::steady_clock::now() - pulled)
                                  .count()));
}

INSTANTIATE_TEST_SUITE_P(AtEitherEnd, LinkLoss, ::testing::Bool());

}  // namespace
}  // namespace lockstep
