#include "train/lifeline/join.h"

#include <poll.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lockstep {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kRetryInterval(50);
// For one attempt to connect; a lost SYN costs no more.
constexpr milliseconds kDialTime(3000);

milliseconds Left(Clock::time_point until) {
  const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
  return std::max(left, milliseconds(0));
}

// Waits for the first answer; what came with it goes to `more`.
absl::StatusOr<Message> FirstAnswer(Connection& connection,
                                    Clock::time_point until,
                                    std::vector<Message>* more) {
  while (Clock::now() < until) {
    pollfd waiting = {connection.fd(), connection.wanted_events(), 0};
    poll(&waiting, 1, static_cast<int>(Left(until).count()));
    connection.Flush();
    const Connection::State state = connection.Receive(more);
    if (!more->empty()) {
      const Message first = more->front();
      more->erase(more->begin());
      return first;
    }
    if (state != Connection::State::kOpen)
      return absl::UnavailableError("it closed the connection");
  }
  return absl::UnavailableError("it accepted, but did not answer");
}

// Once. Unavailable: worth another try.
absl::StatusOr<Joined> Attempt(const std::string& address, int port,
                               const Message& hello, milliseconds link_timeout,
                               Clock::time_point until) {
  absl::StatusOr<Fd> socket =
      Dial(address, port, std::min(kDialTime, Left(until)));
  if (!socket.ok()) return socket.status();
  SetLinkTimeout(*socket, link_timeout);
  Joined joined = {Connection(*std::move(socket)), {}, {}};
  joined.connection.Send(hello);
  const absl::StatusOr<Message> answer =
      FirstAnswer(joined.connection, until, &joined.more);
  if (!answer.ok()) return answer.status();
  if (answer->type == Message::kRefused)
    return absl::FailedPreconditionError(absl::StrCat(
        "rank 0 refuses ", Describe(hello.who), ": ", answer->text));
  if (answer->type != Message::kWelcome)
    return absl::UnavailableError("what listens there is no lifeline");
  joined.rank_0 = answer->who;
  return joined;
}

}  // namespace

absl::StatusOr<Joined> JoinRun(const std::string& address, int port,
                               const RankIdentity& self,
                               const std::string& nonce,
                               milliseconds link_timeout,
                               milliseconds timeout) {
  Message hello;
  hello.type = Message::kHello;
  hello.who = self;
  hello.text = nonce;
  const auto until = Clock::now() + timeout;
  while (true) {
    absl::StatusOr<Joined> joined =
        Attempt(address, port, hello, link_timeout, until);
    if (joined.ok() || !absl::IsUnavailable(joined.status())) return joined;
    if (Clock::now() + kRetryInterval >= until)
      return absl::DeadlineExceededError(absl::StrFormat(
          "rank %d did not reach rank 0's lifeline at %s:%d in %.1f s: %s; did "
          "rank 0 end, or is there a firewall between the hosts?",
          self.rank, address, port, timeout.count() / 1e3,
          joined.status().message()));
    std::this_thread::sleep_for(kRetryInterval);
  }
}

}  // namespace lockstep
