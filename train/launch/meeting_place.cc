#include "train/launch/meeting_place.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <nss.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "train/launch/hostlist.h"

namespace lockstep {
namespace {

constexpr size_t kNonceDigits = 16;
// Ranks that connect at the same moment; the kernel limits it further.
constexpr int kBacklog = 4096;

absl::Status SocketError(const std::string& what) {
  const int error = errno;
  return absl::InternalError(absl::StrCat(what, ": ", strerror(error)));
}

absl::Status BindError(const std::string& address, int port) {
  const std::string where =
      absl::StrCat("port ", port, address.empty() ? "" : " of ", address);
  if (errno == EADDRINUSE)
    return absl::FailedPreconditionError(absl::StrCat(
        where, " is taken by another program or run; choose another port"));
  return SocketError(absl::StrCat("cannot listen on ", where));
}

// Binds to all addresses of both families where there is IPv6.
int BindAll(int port) {
  const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int no = 0, yes = 1;
  setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in6 any = {};
  any.sin6_family = AF_INET6;
  any.sin6_port = htons(port);
  if (bind(fd, reinterpret_cast<sockaddr*>(&any), sizeof(any)) == 0) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

int BindTo(in_addr address, int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in one = {};
  one.sin_family = AF_INET;
  one.sin_port = htons(port);
  one.sin_addr = address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&one), sizeof(one)) == 0) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

int PortOf(int fd) {
  sockaddr_storage bound = {};
  socklen_t size = sizeof(bound);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0)
    return 0;
  // The port stands at the same place for both families.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
}

bool IsReady(int fd, short event, std::chrono::milliseconds timeout) {
  pollfd ready = {fd, event, 0};
  return poll(&ready, 1, timeout.count()) == 1;
}

// A connection to one address, or -1.
int ConnectTo(const addrinfo& to, std::chrono::milliseconds timeout) {
  const int fd =
      socket(to.ai_family, to.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  if (connect(fd, to.ai_addr, to.ai_addrlen) == 0) return fd;
  int error = errno;
  socklen_t size = sizeof(error);
  if (error == EINPROGRESS && IsReady(fd, POLLOUT, timeout) &&
      getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0)
    return fd;
  close(fd);
  return -1;
}

// Sends `hello`, a few bytes, and compares what comes.
bool Converse(int fd, const std::string& hello, const std::string& reply,
              std::chrono::milliseconds timeout) {
  if (send(fd, hello.data(), hello.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(hello.size()))
    return false;
  for (char expected : reply) {
    char got = 0;
    if (!IsReady(fd, POLLIN, timeout) || recv(fd, &got, 1, 0) != 1 ||
        got != expected)
      return false;
  }
  return true;
}

}  // namespace

std::string RandomNonce() {
  std::random_device random;
  return absl::StrCat(absl::Hex(random(), absl::kZeroPad8),
                      absl::Hex(random(), absl::kZeroPad8));
}

bool IsNonce(absl::string_view text) {
  return text.size() == kNonceDigits &&
         std::all_of(text.begin(), text.end(), absl::ascii_isxdigit);
}

std::string EncodeMeetingPlace(const MeetingPlace& place) {
  return absl::StrCat(place.address, " ", place.port, " ", place.nonce, "\n");
}

absl::StatusOr<MeetingPlace> DecodeMeetingPlace(absl::string_view text) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  MeetingPlace place;
  if (words.size() != 3 || words[0].size() > kMaxHostName ||
      !std::all_of(words[0].begin(), words[0].end(), absl::ascii_isgraph) ||
      !absl::SimpleAtoi(words[1], &place.port) || place.port < 1 ||
      place.port > 65535 || !IsNonce(words[2]))
    return absl::DataLossError("not a rendezvous file");
  place.address = std::string(words[0]);
  place.nonce = std::string(words[2]);
  return place;
}

absl::StatusOr<ListeningSocket> ListenAt(const std::string& address, int port) {
  in_addr bytes = {};
  bytes.s_addr = htonl(INADDR_ANY);
  if (!address.empty() && inet_pton(AF_INET, address.c_str(), &bytes) != 1)
    return absl::InvalidArgumentError(
        absl::StrCat(address, " is not an IPv4 address"));
  ListeningSocket socket;
  if (address.empty()) socket.fd = BindAll(port);
  if (socket.fd < 0 &&
      (!address.empty() || errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
    socket.fd = BindTo(bytes, port);
  if (socket.fd < 0) return BindError(address, port);
  if (listen(socket.fd, kBacklog) != 0) {
    const absl::Status status = BindError(address, port);
    close(socket.fd);
    return status;
  }
  socket.port = PortOf(socket.fd);
  return socket;
}

bool Answers(const std::string& address, int port, const std::string& hello,
             const std::string& reply, std::chrono::milliseconds timeout) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.c_str(), absl::StrCat(port).c_str(), &hints,
                  &found) != 0)
    return false;
  bool answers = false;
  for (const addrinfo* to = found; to != nullptr && !answers;
       to = to->ai_next) {
    const int fd = ConnectTo(*to, timeout);
    if (fd < 0) continue;
    answers = Converse(fd, hello, reply, timeout);
    close(fd);
  }
  freeaddrinfo(found);
  return answers;
}

void LookUpNamesLocally() { __nss_configure_lookup("hosts", "files"); }

absl::StatusOr<std::string> ThisHostAddress(const LaunchInfo& launch,
                                            const std::string& interface) {
  if (launch.single_host() && interface.empty()) return "127.0.0.1";
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0)
    return absl::InternalError("cannot list the network interfaces");
  std::string address;
  for (const ifaddrs* i = all; i != nullptr && address.empty();
       i = i->ifa_next) {
    if (i->ifa_addr == nullptr || i->ifa_addr->sa_family != AF_INET) continue;
    const bool wanted = interface.empty() ? (i->ifa_flags & IFF_UP) &&
                                                !(i->ifa_flags & IFF_LOOPBACK)
                                          : interface == i->ifa_name;
    if (!wanted) continue;
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET,
              &reinterpret_cast<const sockaddr_in*>(i->ifa_addr)->sin_addr,
              text, sizeof(text));
    address = text;
  }
  freeifaddrs(all);
  if (!address.empty()) return address;
  if (interface.empty()) return "127.0.0.1";
  return absl::InvalidArgumentError(absl::StrCat(
      "there is no network interface ", interface, " with an IPv4 address"));
}

}  // namespace lockstep
