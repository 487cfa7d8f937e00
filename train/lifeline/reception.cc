#include "train/lifeline/reception.h"

#include <errno.h>
#include <sys/socket.h>

#include <iterator>
#include <utility>

namespace lockstep {
namespace {

using Clock = std::chrono::steady_clock;

// In one go, so that a flood does not keep the server from its members.
constexpr int kAcceptsPerRound = 64;

}  // namespace

Reception::Reception(Fd listener, int world_size, std::string nonce,
                     std::chrono::milliseconds link_timeout)
    : listener_(std::move(listener)),
      max_guests_(world_size + kSpareGuests),
      nonce_(std::move(nonce)),
      link_timeout_(link_timeout) {}

void Reception::AddTo(std::vector<pollfd>* fds) const {
  fds->push_back({accepting_ ? listener_.get() : -1, POLLIN, 0});
  for (const Guest& g : guests_) fds->push_back({g.connection.fd(), POLLIN, 0});
}

std::vector<Arrival> Reception::Serve(const pollfd* fds) {
  const bool knocking = (fds++)->revents != 0;
  std::vector<Arrival> arrivals;
  for (auto guest = guests_.begin(); guest != guests_.end();) {
    const bool stays = (fds++)->revents == 0 || Serve(*guest, &arrivals);
    guest = stays ? std::next(guest) : guests_.erase(guest);
  }
  if (knocking) Accept();
  return arrivals;
}

void Reception::DropLate() {
  accepting_ = true;
  const auto now = Clock::now();
  guests_.remove_if([now](const Guest& g) { return now >= g.until; });
}

void Reception::Accept() {
  for (int i = 0; i < kAcceptsPerRound; ++i) {
    Fd fd(accept4(listener_.get(), nullptr, nullptr,
                  SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.get() < 0) {
      // Out of descriptors: again after DropLate() instead of at once.
      accepting_ = errno != EMFILE && errno != ENFILE && errno != ENOMEM;
      return;
    }
    SetLinkTimeout(fd, link_timeout_);
    if (guests_.size() >= max_guests_) guests_.pop_front();
    guests_.push_back({Connection(std::move(fd)), Clock::now() + kHelloTime});
  }
}

// False when it is no guest any more.
bool Reception::Serve(Guest& guest, std::vector<Arrival>* arrivals) const {
  std::vector<Message> messages;
  const Connection::State state = guest.connection.Receive(&messages);
  if (messages.empty()) return state == Connection::State::kOpen;
  const Message hello = messages.front();
  messages.erase(messages.begin());
  if (hello.type == Message::kHello && SameSecret(hello.text, nonce_))
    arrivals->push_back(
        {hello.who, std::move(guest.connection), std::move(messages), state});
  return false;
}

}  // namespace lockstep
