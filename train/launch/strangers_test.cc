// Programs that are no ranks of the run find rank 0's port.

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <functional>
#include <random>
#include <thread>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/file.h"
#include "train/launch/rendezvous.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

constexpr auto kPlenty = std::chrono::seconds(40);
// What c10d's clients send first: a query and a magic number.
constexpr char kValidBeginning[] = "\x00\xce\xf7\x85\x3c";

// A connection of a stranger; closed with it.
class Connection {
 public:
  explicit Connection(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit = {5, 0};
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    (void)connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof(to));
  }
  Connection(Connection&& other) : fd_(std::exchange(other.fd_, -1)) {}
  ~Connection() {
    if (fd_ >= 0) close(fd_);
  }
  void Send(const std::string& bytes) {
    (void)!send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

 private:
  int fd_;
};

using Strangers = std::vector<Connection>;

// `count` connections that send `bytes` and stay.
Strangers Stay(int port, int count, const std::string& bytes) {
  Strangers strangers;
  for (int i = 0; i < count; ++i) {
    strangers.emplace_back(port);
    if (!bytes.empty()) strangers.back().Send(bytes);
  }
  return strangers;
}

std::string RandomBytes(size_t size) {
  std::mt19937 random(5);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = random();
  return bytes;
}

struct StrangerCase {
  const char* name;
  std::function<Strangers(int port)> come;
};

int64_t ResidentBytes() {
  int64_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

LaunchInfo LocalRank(int rank, int world_size, const std::string& path) {
  LaunchInfo info;
  info.launcher = "local";
  info.rank = rank;
  info.world_size = info.local_world_size = world_size;
  info.rendezvous = path;
  return info;
}

std::thread StartRank(int rank, int world_size, const std::string& path,
                      std::chrono::milliseconds timeout, absl::Status& status) {
  return std::thread([=, &status] {
    RendezvousOptions options;
    options.timeout = timeout;
    status = Meet(LocalRank(rank, world_size, path), options).status();
  });
}

// Where rank 0 listens, once it has said so.
MeetingPlace AwaitPlace(const std::string& path) {
  const auto deadline = std::chrono::steady_clock::now() + kPlenty;
  while (std::chrono::steady_clock::now() < deadline) {
    const auto text = ReadFile(path);
    const auto place = DecodeMeetingPlace(text.ok() ? *text : "");
    if (place.ok()) return *place;
    std::this_thread::yield();
  }
  return {};
}

class Rendezvous : public ::testing::TestWithParam<StrangerCase> {};

// Strangers come before the other ranks, stay, and go on coming meanwhile.
TEST_P(Rendezvous, GoesOnAmongStrangers) {
  const std::string path =
      absl::StrCat(::testing::TempDir(), "/", GetParam().name);
  std::vector<absl::Status> statuses(3, absl::UnknownError("did not run"));
  std::thread rank0 = StartRank(0, 3, path, kPlenty, statuses[0]);
  const int port = AwaitPlace(path).port;
  const int64_t before = ResidentBytes();
  const Strangers early = GetParam().come(port);
  std::atomic<bool> over{false};
  std::thread late([&] {
    while (!over) GetParam().come(port);
  });
  std::thread rank1 = StartRank(1, 3, path, kPlenty, statuses[1]);
  std::thread rank2 = StartRank(2, 3, path, kPlenty, statuses[2]);
  rank0.join();
  rank1.join();
  rank2.join();
  over = true;
  late.join();
  for (const absl::Status& status : statuses)
    EXPECT_TRUE(status.ok()) << status;
  EXPECT_LT(ResidentBytes() - before, 64 << 20);
}

INSTANTIATE_TEST_SUITE_P(
    Strangers, Rendezvous,
    ::testing::Values(
        StrangerCase{
            "random",
            [](int port) { return Stay(port, 20, RandomBytes(1 << 16)); }},
        StrangerCase{"zeros",
                     [](int port) {
                       return Stay(port, 20, std::string(1 << 16, '\0'));
                     }},
        StrangerCase{
            "http",
            [](int port) { return Stay(port, 20, "GET / HTTP/1.1\r\n\r\n"); }},
        StrangerCase{"half_of_a_beginning",
                     [](int port) {
                       return Stay(port, 20, std::string(kValidBeginning, 3));
                     }},
        StrangerCase{"a_beginning_and_garbage",
                     [](int port) {
                       return Stay(port, 20,
                                   std::string(kValidBeginning, 5) +
                                       RandomBytes(1 << 12));
                     }},
        StrangerCase{"a_beginning_and_half_of_a_key",
                     [](int port) {
                       return Stay(port, 20,
                                   std::string(kValidBeginning, 5) + "\x01" +
                                       std::string("\x64\0\0\0\0\0\0\0", 8) +
                                       "abc");
                     }},
        StrangerCase{"a_length_of_2_to_the_40",
                     [](int port) {
                       return Stay(port, 20,
                                   std::string(kValidBeginning, 5) + "\x01" +
                                       std::string("\0\0\0\0\0\1\0\0", 8));
                     }},
        StrangerCase{"silence", [](int port) { return Stay(port, 200, ""); }},
        StrangerCase{"come_and_go",
                     [](int port) {
                       for (int i = 0; i < 200; ++i) Connection gone(port);
                       return Strangers();
                     }}),
    [](const auto& info) { return std::string(info.param.name); });

// A client of c10d that knows the keys but not the nonce.
TEST(AWrongNonce, DoesNotMakeARankArrive) {
  const std::string path = ::testing::TempDir() + "/wrong_nonce";
  absl::Status status;
  std::thread rank0 = StartRank(0, 2, path, std::chrono::seconds(3), status);
  const MeetingPlace place = AwaitPlace(path);
  c10d::TCPStoreOptions options;
  options.port = place.port;
  options.waitWorkers = false;
  const auto store = c10::make_intrusive<c10d::TCPStore>("127.0.0.1", options);
  const std::string text = "n1 1";
  const std::vector<uint8_t> here(text.begin(), text.end());
  for (const char* prefix : {"", "0123456789abcdef", "lockstep"}) {
    c10d::PrefixStore wrong(prefix, store);
    for (const char* key : {"arrived/1", "done/1", "ranks"})
      wrong.set(key, here);
  }
  store->set("arrived/1", here);
  rank0.join();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr("rank 1 of 2 did not come"));
}

// Something that accepts and never speaks holds a member no longer than its
// time-out.
TEST(ASilentServer, DoesNotHoldAMember) {
  const auto silent = ListenAt("127.0.0.1", 0);
  ASSERT_TRUE(silent.ok());
  LaunchInfo launch = LocalRank(1, 2, "");
  launch.master_address = "127.0.0.1";
  launch.master_port = silent->port;
  RendezvousOptions options;
  options.timeout = std::chrono::seconds(1);
  const absl::Status status = Meet(launch, options).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  close(silent->fd);
}

}  // namespace
}  // namespace lockstep
