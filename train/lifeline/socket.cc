#include "train/lifeline/socket.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"

namespace lockstep {
namespace {

constexpr std::chrono::milliseconds kShortestTimeout(1000);
constexpr std::chrono::milliseconds kLongestPause(1000);

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

absl::StatusOr<AddressList> Resolve(const std::string& address, int port,
                                    int flags) {
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(address.empty() ? nullptr : address.c_str(),
                                absl::StrCat(port).c_str(), &hints, &found);
  if (error != 0)
    return absl::InvalidArgumentError(absl::StrCat(
        "cannot resolve address '", address, "': ", gai_strerror(error)));
  return AddressList(found, freeaddrinfo);
}

Fd NewSocket(const addrinfo& a) {
  return Fd(socket(a.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

void SetOption(const Fd& socket, int level, int option, int value) {
  setsockopt(socket.get(), level, option, &value, sizeof value);
}

// 0, or the errno that connecting ended with; ETIMEDOUT if it did not end.
int Connect(const Fd& fd, const addrinfo& a,
            std::chrono::milliseconds timeout) {
  if (fd.get() < 0) return errno;
  if (connect(fd.get(), a.ai_addr, a.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd waiting = {fd.get(), POLLOUT, 0};
  const int ready = poll(&waiting, 1, static_cast<int>(timeout.count()));
  if (ready == 0) return ETIMEDOUT;
  if (ready < 0) return errno;
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

}  // namespace

void Fd::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

absl::StatusOr<Fd> Listen(const std::string& address) {
  absl::StatusOr<AddressList> found = Resolve(address, 0, AI_PASSIVE);
  if (!found.ok()) return found.status();
  const addrinfo& a = **found;
  Fd fd = NewSocket(a);
  if (fd.get() < 0 || bind(fd.get(), a.ai_addr, a.ai_addrlen) != 0 ||
      listen(fd.get(), SOMAXCONN) != 0) {
    const int error = errno;
    return absl::InvalidArgumentError(
        absl::StrCat("cannot listen on '", address, "': ", strerror(error),
                     "; give an address or interface of this host"));
  }
  return fd;
}

int LocalPort(const Fd& listener) {
  sockaddr_storage address = {};
  socklen_t size = sizeof address;
  if (getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address),
                  &size) != 0)
    return 0;
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                   : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

absl::StatusOr<Fd> Dial(const std::string& address, int port,
                        std::chrono::milliseconds timeout) {
  absl::StatusOr<AddressList> found = Resolve(address, port, 0);
  if (!found.ok()) return found.status();
  int error = 0;
  // A name may stand for several addresses, of which the listener has one.
  for (const addrinfo* a = found->get(); a != nullptr; a = a->ai_next) {
    Fd fd = NewSocket(*a);
    error = Connect(fd, *a, timeout);
    if (error == 0) return fd;
  }
  return absl::UnavailableError(strerror(error));
}

void SetLinkTimeout(const Fd& socket, std::chrono::milliseconds timeout) {
  const int ms = std::max(kShortestTimeout, timeout).count();
  // Heartbeats are small and must not wait for more; Nagle would make them.
  SetOption(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  // While bytes are unanswered the user timeout counts; on an idle connection
  // probes are sent, and the user timeout ends those too.
  SetOption(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, ms);
  SetOption(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  const int quarter = std::max(1, ms / 4000);  // s
  SetOption(socket, IPPROTO_TCP, TCP_KEEPIDLE, quarter);
  SetOption(socket, IPPROTO_TCP, TCP_KEEPINTVL, quarter);
  SetOption(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

bool LinkWatch::IsLost(const Fd& socket, std::chrono::milliseconds timeout) {
  const auto now = std::chrono::steady_clock::now();
  const bool paused = now - std::exchange(asked_, now) > kLongestPause;
  int waiting = 0;  // bytes, sent or not, that the peer has not acknowledged
  tcp_info info = {};
  socklen_t size = sizeof info;
  if (paused || ioctl(socket.get(), SIOCOUTQ, &waiting) != 0 || waiting == 0 ||
      getsockopt(socket.get(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
    answered_ = now;
    return false;
  }
  const std::chrono::milliseconds age(info.tcpi_last_ack_recv);
  answered_ = std::max(answered_, now - age);
  return now - answered_ >= std::max(timeout, kShortestTimeout);
}

}  // namespace lockstep
