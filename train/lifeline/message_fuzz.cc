// What a fuzzer feeds with bytes: what strangers send to a lifeline's port.
// The messages in it do not depend on how the network cuts it into pieces, and
// nobody gets in without the nonce.

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "tools/fuzzing/parts.h"
#include "train/lifeline/message.h"
#include "train/lifeline/reception.h"

namespace {

using namespace lockstep;

constexpr char kNonce[] = "0123456789abcdef";
constexpr int kMostStrangers = 8;
// Rounds in which a stranger who has hung up is gone.
constexpr int kRounds = 100;

void Expect(bool holds) {
  if (!holds) std::abort();
}

struct Heard {
  std::vector<std::string> messages;  // encoded again
  bool ok = true;
};

Heard Hear(absl::string_view bytes, size_t piece) {
  MessageReader reader;
  std::vector<Message> messages;
  Heard heard;
  for (; heard.ok && !bytes.empty(); bytes.remove_prefix(piece)) {
    piece = std::min(piece, bytes.size());
    heard.ok = reader.Read(bytes.substr(0, piece), &messages).ok();
  }
  for (const Message& m : messages) heard.messages.push_back(Encode(m));
  return heard;
}

void FeedReader(absl::string_view bytes) {
  const Heard whole = Hear(bytes, bytes.size());
  for (const size_t piece : {1, 7}) {
    const Heard pieces = Hear(bytes, piece);
    Expect(pieces.ok == whole.ok && pieces.messages == whole.messages);
  }
  for (const std::string& message : whole.messages)
    Expect(Hear(message, 5).messages == std::vector<std::string>{message});
}

// A socket of this process's own: TCP would run out of ports in a minute.
Fd Socket() {
  return Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

const sockaddr* At(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// Listens at a name that the system chooses.
Fd ListenAt(sockaddr_un* address) {
  Fd listener = Socket();
  socklen_t size = sizeof(*address);
  *address = {AF_UNIX, {}};
  Expect(bind(listener.get(), At(*address), sizeof(sa_family_t)) == 0);
  Expect(listen(listener.get(), kMostStrangers) == 0);
  getsockname(listener.get(), reinterpret_cast<sockaddr*>(address), &size);
  return listener;
}

// Says it and hangs up.
void Call(const sockaddr_un& address, absl::string_view bytes) {
  const Fd stranger = Socket();
  Expect(connect(stranger.get(), At(address),
                 sizeof(sa_family_t) + 6) == 0);  // "\0" and 5 digits
  send(stranger.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void FeedReception(const std::vector<absl::string_view>& strangers) {
  sockaddr_un address;
  Reception reception(ListenAt(&address), 2, kNonce,
                      std::chrono::milliseconds(7000));
  bool may_enter = false;
  for (const absl::string_view bytes : strangers) {
    Call(address, bytes);
    may_enter |= bytes.find(kNonce) != bytes.npos;
  }
  for (int round = 0; round < kRounds; ++round) {
    std::vector<pollfd> fds;
    reception.AddTo(&fds);
    if (poll(fds.data(), fds.size(), 0) == 0) return Expect(fds.size() == 1);
    Expect(reception.Serve(fds.data()).empty() || may_enter);
  }
  Expect(false);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  FeedReader(bytes);
  std::vector<absl::string_view> strangers = Parts(bytes);
  strangers.resize(std::min<size_t>(strangers.size(), kMostStrangers));
  for (const absl::string_view stranger : strangers) FeedReader(stranger);
  FeedReception(strangers);
  return 0;
}
