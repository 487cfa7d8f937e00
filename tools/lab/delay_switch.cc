// An Ethernet switch in user space that hands every frame on a fixed time late:
// what a long cable does, for kernels without sch_netem.
//
//   delay_switch --delay 500us v0 v1 ...
//
// Replaces a bridge between those devices of its network namespace, learns
// addresses as one does, and goes to the background once it works (exit code
// 0). It lives until it is killed. Frames are read and written by packet
// sockets, large ones whole (TSO): needs CAP_NET_RAW in the namespace, which
// its owner has without being root. Rates are not its matter: shape the devices
// (tools/lab/shaped_net does). IPv4 and ARP only. Linux only.

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tools/cli/command_line.h"

ABSL_FLAG(absl::Duration, delay, absl::ZeroDuration(),
          "[switch] how late a frame leaves: 500us, 2ms, at most 1s");

namespace lockstep {
namespace {

// A socket for one protocol, because those for all would see frames before the
// kernel's filters (link_fault) have dropped theirs.
constexpr int kProtocols[] = {ETH_P_IP, ETH_P_ARP};
constexpr size_t kPerPort = std::size(kProtocols);

// struct virtio_net_hdr, which the kernel puts before each frame and whose C
// header C++ cannot read. It says what is left to do (checksum, cutting up); we
// hand it on as it is.
constexpr size_t kHeaderBytes = 10;

// That header, an Ethernet header, and the largest packet.
constexpr size_t kFrameBytes = kHeaderBytes + ETH_HLEN + 65536;

// 30 ms at 1 Gbit/s, for a machine that is busy with other things.
constexpr int kSocketBytes = 4 << 20;

// Not the wall clock, which may be set.
using Clock = std::chrono::steady_clock;

using Address = std::array<uint8_t, ETH_ALEN>;

struct Frame {
  Clock::time_point due;
  size_t port;      // that it came from
  size_t protocol;  // index in kProtocols
  std::string bytes;

  const char* ethernet() const { return bytes.data() + kHeaderBytes; }
  Address AddressAt(size_t offset) const {
    Address address;
    std::memcpy(address.data(), ethernet() + offset, address.size());
    return address;
  }
  Address to() const { return AddressAt(0); }
  Address from() const { return AddressAt(ETH_ALEN); }
};

absl::Status LastError(const std::string& what) {
  return absl::ErrnoToStatus(errno, absl::StrCat("delay_switch: ", what));
}

// Beyond the system's limit where root may.
void SetBuffer(int fd, int beyond_limit, int within_limit) {
  if (setsockopt(fd, SOL_SOCKET, beyond_limit, &kSocketBytes,
                 sizeof kSocketBytes) != 0) {
    setsockopt(fd, SOL_SOCKET, within_limit, &kSocketBytes,
               sizeof kSocketBytes);
  }
}

absl::StatusOr<int> OpenSocket(const std::string& device, int protocol) {
  sockaddr_ll at{};
  at.sll_family = AF_PACKET;
  at.sll_protocol = htons(protocol);
  at.sll_ifindex = if_nametoindex(device.c_str());
  if (at.sll_ifindex == 0) return LastError("no device " + device);
  // Protocol 0 until it is bound: frames of other devices must not get in.
  const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return LastError("no packet socket (CAP_NET_RAW)");
  const int on = 1;
  if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) != 0 ||
      bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) {
    return LastError("cannot listen on " + device);
  }
  SetBuffer(fd, SO_RCVBUFFORCE, SO_RCVBUF);
  SetBuffer(fd, SO_SNDBUFFORCE, SO_SNDBUF);
  return fd;
}

class Switch {
 public:
  explicit Switch(absl::Duration delay)
      : delay_(absl::ToChronoNanoseconds(delay)) {}

  absl::Status AddPort(const std::string& device) {
    for (const int protocol : kProtocols) {
      const absl::StatusOr<int> fd = OpenSocket(device, protocol);
      if (!fd.ok()) return fd.status();
      sockets_.push_back({*fd, POLLIN, 0});
    }
    return absl::OkStatus();
  }

  absl::Status Run() {
    for (;;) {
      SendDue();
      if (absl::Status waited = Wait(); !waited.ok()) return waited;
      for (size_t i = 0; i < sockets_.size(); ++i) {
        // A device that went down is an error of its socket once.
        if (sockets_[i].revents != 0) Receive(i);
      }
    }
  }

 private:
  // Until a frame is there or due.
  absl::Status Wait() {
    timespec timeout{};
    if (!frames_.empty()) {
      timeout = absl::ToTimespec(absl::FromChrono(
          std::max(frames_.front().due - Clock::now(), Clock::duration(0))));
    }
    const timespec* until = frames_.empty() ? nullptr : &timeout;
    if (ppoll(sockets_.data(), sockets_.size(), until, nullptr) < 0 &&
        errno != EINTR) {
      return LastError("cannot wait");
    }
    return absl::OkStatus();
  }

  // At most 64 frames, so that those due do not wait for a busy port.
  void Receive(size_t socket) {
    static char buffer[kFrameBytes];
    for (int i = 0; i < 64; ++i) {
      const ssize_t n = read(sockets_[socket].fd, buffer, sizeof buffer);
      if (n < static_cast<ssize_t>(kHeaderBytes + ETH_HLEN)) return;
      frames_.push_back({Clock::now() + delay_, socket / kPerPort,
                         socket % kPerPort, std::string(buffer, n)});
      ports_[frames_.back().from()] = frames_.back().port;
    }
  }

  void SendDue() {
    while (!frames_.empty() && frames_.front().due <= Clock::now()) {
      Forward(frames_.front());
      frames_.pop_front();
    }
  }

  // To the port of the address, or, like a bridge, to all others.
  void Forward(const Frame& frame) {
    const auto known = ports_.find(frame.to());
    for (size_t port = 0; port < sockets_.size() / kPerPort; ++port) {
      if (known != ports_.end() ? port == known->second : port != frame.port) {
        Send(frame, port);
      }
    }
  }

  // A full queue drops, as a switch's does.
  void Send(const Frame& frame, size_t port) {
    const int fd = sockets_[port * kPerPort + frame.protocol].fd;
    (void)!write(fd, frame.bytes.data(), frame.bytes.size());
  }

  const Clock::duration delay_;
  std::vector<pollfd> sockets_;      // kPerPort a port
  std::map<Address, size_t> ports_;  // where an address was seen last
  std::deque<Frame> frames_;         // by due time, as all wait equally long
};

// A wire waits for nobody's time slice. Only root may ask for that; others'
// switches are as late as the machine is busy.
void BeOnTime() {
  prctl(PR_SET_TIMERSLACK, 1UL);  // ns; 50 us otherwise
  sched_param lowest{};
  lowest.sched_priority = 1;
  sched_setscheduler(0, SCHED_FIFO, &lowest);
}

absl::Status Main(const std::vector<std::string>& devices) {
  const absl::Duration delay = absl::GetFlag(FLAGS_delay);
  if (delay < absl::ZeroDuration() || delay > absl::Seconds(1)) {
    return absl::InvalidArgumentError("--delay is not 0 to 1s");
  }
  Switch links(delay);
  for (const std::string& device : devices) {
    if (absl::Status added = links.AddPort(device); !added.ok()) return added;
  }
  const pid_t child = fork();
  if (child < 0) return LastError("cannot go to the background");
  if (child > 0) return absl::OkStatus();
  BeOnTime();
  return links.Run();
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  return lockstep::RunMain(
      argc, argv,
      "An Ethernet switch between the devices named that hands every frame on "
      "late.",
      lockstep::Main);
}
