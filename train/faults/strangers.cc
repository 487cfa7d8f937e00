#include "train/faults/strangers.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/cli/file.h"

namespace lockstep {
namespace {

constexpr char kListens[] = "0A", kEstablished[] = "01";

struct SocketLine {
  std::string local, state, inode;  // "00000000:1F90", "0A", "12345"
};

std::vector<SocketLine> SocketsAt(pid_t pid) {
  std::vector<SocketLine> lines;
  for (const char* table : {"tcp", "tcp6"}) {
    const std::string text =
        ReadFile(absl::StrCat("/proc/", pid, "/net/", table)).value_or("");
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      const std::vector<std::string> f =
          absl::StrSplit(line, ' ', absl::SkipEmpty());
      if (f.size() > 9) lines.push_back({f[1], f[3], f[9]});
    }
  }
  return lines;
}

std::set<std::string> InodesOf(pid_t pid) {
  std::set<std::string> inodes;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(
           absl::StrCat("/proc/", pid, "/fd"), ignored)) {
    const std::string to = std::filesystem::read_symlink(entry, ignored);
    absl::string_view inode = to;
    if (absl::ConsumePrefix(&inode, "socket:["))
      inodes.emplace(absl::StripSuffix(inode, "]"));
  }
  return inodes;
}

std::string RandomBytes(size_t size) {
  std::mt19937 random(size);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = random();
  return bytes;
}

// What scanners send, and what begins like c10d's store and like a lifeline.
const std::vector<std::string>& Garbage() {
  static const std::vector<std::string> all = {
      "",
      "\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
      std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) +
          RandomBytes(200),
      RandomBytes(7),
      RandomBytes(64 << 10),
      std::string(64 << 10, '\0'),
      std::string("\x00\xce\xf7\x85\x3c", 5) + RandomBytes(4096),
      std::string("\x00\xce", 2),
      std::string("\x40\x00\x00\x00LL\x01\x01", 8) + RandomBytes(4096),
      std::string("\x40\x00\x00\x00LL\x02\x01", 8) + std::string(60, 'x'),
      std::string("\xff\xff\xff\xffLL", 6),
  };
  return all;
}

}  // namespace

std::vector<int> ListeningPorts(pid_t pid) {
  const std::set<std::string> own = InodesOf(pid);
  std::set<int> ports;
  for (const SocketLine& s : SocketsAt(pid)) {
    uint32_t port = 0;
    if (s.state == kListens && own.count(s.inode) > 0 &&
        absl::SimpleHexAtoi(s.local.substr(s.local.rfind(':') + 1), &port))
      ports.insert(static_cast<int>(port));
  }
  return {ports.begin(), ports.end()};
}

int ConnectionsAt(pid_t pid, int port) {
  const std::string end = absl::StrFormat(":%04X", port);
  const auto sockets = SocketsAt(pid);
  return std::count_if(sockets.begin(), sockets.end(), [&](auto& s) {
    return s.state == kEstablished && absl::EndsWith(s.local, end);
  });
}

Strangers::~Strangers() {
  for (int fd : staying_) close(fd);
}

void Strangers::Pester(const std::string& address, int port) {
  for (const std::string& bytes : Garbage())
    for (bool stays : {false, true}) Connect(address, port, bytes, stays);
}

void Strangers::Connect(const std::string& address, int port,
                        const std::string& bytes, bool stays) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &to.sin_addr);
  const timeval limit = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  if (connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0) {
    ++count_;
    (void)!send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  if (stays) {
    staying_.push_back(fd);
  } else {
    close(fd);
  }
}

}  // namespace lockstep
