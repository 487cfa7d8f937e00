#include "train/lifeline/lifeline.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace lockstep {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Rank 0 gets this long to answer a goodbye.
constexpr milliseconds kGoodbyeTime(1000);
constexpr milliseconds kPongTime(2000);

absl::Status CheckOptions(const Lifeline::Options& o) {
  if (o.self.rank < 0 || o.self.rank >= o.world_size)
    return absl::InvalidArgumentError(
        absl::StrCat("rank ", o.self.rank, " is not one of ", o.world_size));
  if (o.nonce.size() > kMaxText)
    return absl::InvalidArgumentError(absl::StrCat(
        "the lifeline's nonce has over ", kMaxText, " bytes; shorten it"));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Lifeline>> Lifeline::Connect(
    const std::string& address, int port, Options options) {
  absl::Status status = CheckOptions(options);
  if (!status.ok()) return status;
  if (!options.clock) options.clock = SteadyNanoseconds;
  absl::StatusOr<Joined> joined =
      JoinRun(address, port, options.self, options.nonce, options.link_timeout,
              options.connect_timeout);
  if (!joined.ok()) return joined.status();
  std::vector<Message> early = std::move(joined->more);
  std::unique_ptr<Lifeline> lifeline(
      new Lifeline(std::move(options), *std::move(joined)));
  Lifeline* const self = lifeline.get();
  status = self->worker_.Start(
      [self, early = std::move(early)] { self->Watch(early); });
  if (!status.ok()) return status;
  return lifeline;
}

Lifeline::Lifeline(Options options, Joined joined)
    : options_(std::move(options)),
      rank_0_(std::move(joined.rank_0)),
      connection_(std::move(joined.connection)) {}

Lifeline::~Lifeline() = default;

void Lifeline::Tick(const char* phase, int64_t step) {
  const auto relaxed = std::memory_order_relaxed;
  const bool same_step = step == step_.load(relaxed);
  position_.store(same_step ? position_.load(relaxed) + 1 : 1, relaxed);
  step_.store(step, relaxed);
  phase_.store(phase, relaxed);
  const int64_t before = ticks_.load(relaxed);
  ticks_.store(before + 1, std::memory_order_release);
  // Rank 0 is patient with ranks that it believes not to have begun.
  if (before == 0) worker_.Wake();
}

void Lifeline::Fail(absl::string_view message) {
  SendFailure(Message::kFailure, message);
}

void Lifeline::FailAsVictim(absl::string_view message) {
  SendFailure(Message::kVictim, message);
}

void Lifeline::RequestStop(absl::string_view reason) {
  stop_requested_.store(true);
  std::lock_guard<std::mutex> lock(mutex_);
  if (verdict_ || leaving_ || ended_) return;
  connection_.Send(Report(Message::kStop, reason));
  worker_.Wake();
}

std::optional<Verdict> Lifeline::WaitForVerdict(milliseconds timeout) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_for(lock, timeout, [this] { return verdict_.has_value(); });
  return verdict_;
}

void Lifeline::Leave() {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!leaving_ && !verdict_ && !ended_)
      connection_.Send(Report(Message::kGoodbye, ""));
    leaving_ = true;
    worker_.Wake();
    changed_.wait_for(lock, kGoodbyeTime,
                      [this] { return ended_ || verdict_.has_value(); });
  }
  worker_.Stop();
}

absl::StatusOr<ClockOffset> Lifeline::MeasureClock(int pings) {
  std::lock_guard<std::mutex> one_at_a_time(ping_mutex_);
  absl::StatusOr<ClockOffset> best = Ping();
  for (int i = 1; i < pings && best.ok(); ++i) {
    const absl::StatusOr<ClockOffset> next = Ping();
    if (!next.ok()) return next.status();
    if (next->error_ns < best->error_ns) best = next;
  }
  return best;
}

absl::StatusOr<ClockOffset> Lifeline::Ping() {
  std::unique_lock<std::mutex> lock(mutex_);
  Message ping = Report(Message::kPing, "");
  pong_.reset();
  ping_ = ping.sent_ns = options_.clock();
  if (!ended_ && !leaving_) connection_.Send(ping);
  worker_.Wake();
  changed_.wait_for(lock, kPongTime,
                    [this] { return pong_ || verdict_ || ended_ || leaving_; });
  if (pong_) return *pong_;
  return absl::UnavailableError(absl::StrCat(
      Describe(options_.self), " cannot compare its clock with rank 0's: ",
      verdict_             ? verdict_->cause
      : ended_ || leaving_ ? "the run is over"
                           : "no answer for 2 s"));
}

Message Lifeline::Report(Message::Type type, absl::string_view text) const {
  Message m;
  m.type = type;
  m.progress.ticks = ticks_.load(std::memory_order_acquire);
  m.progress.step = step_.load(std::memory_order_relaxed);
  m.progress.position = position_.load(std::memory_order_relaxed);
  m.progress.phase = phase_.load(std::memory_order_relaxed);
  m.text = std::string(text);
  return m;
}

void Lifeline::SendFailure(Message::Type type, absl::string_view message) {
  const Message report = Report(type, message);
  std::lock_guard<std::mutex> lock(mutex_);
  if (verdict_ || leaving_) return;
  if (ended_) {
    own_failure_ = Failed(options_.self, &report.progress, message);
  } else {
    connection_.Send(report);
  }
  worker_.Wake();
}

void Lifeline::Watch(std::vector<Message> messages) {
  while (!worker_.stopping()) {
    for (const Message& m : messages) Hear(m);
    messages.clear();
    if (Concluded()) return;  // nothing that comes later counts
    AwaitNews();
    awake_ = clock_.Advance(Clock::now());
    Read(&messages);
    if (Clock::now() >= next_beat_ || HasJustBegun()) Beat();
  }
}

void Lifeline::AwaitNews() {
  pollfd fds[2] = {{worker_.wake_fd(), POLLIN, 0}, {-1, 0, 0}};
  {
    std::lock_guard<std::mutex> lock(mutex_);
    fds[1] = {connection_.fd(), connection_.wanted_events(), 0};
  }
  const auto left =
      std::chrono::ceil<milliseconds>(next_beat_ - Clock::now()).count();
  poll(fds, 2, std::max<int>(0, left));
  worker_.ClearWake();
}

void Lifeline::Read(std::vector<Message>* messages) {
  Connection::State state = Connection::State::kOpen;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (ended_) return;
    connection_.Flush();
    state = connection_.Receive(messages);
  }
  if (!messages->empty()) heard_at_ = awake_;
  if (state == Connection::State::kOpen) return;
  // A verdict or a goodbye may stand before the end.
  for (const Message& m : *messages) Hear(m);
  messages->clear();
  End(state);
}

void Lifeline::Hear(const Message& m) {
  switch (m.type) {
    case Message::kVerdict:
      return Conclude({m.who.rank, m.text});
    case Message::kStop:
      return HearStop(m.text);
    case Message::kPong:
      return HearPong(m);
    case Message::kGoodbye:
      return HearGoodbye();
    default:;  // a heartbeat: that it came is all it says
  }
}

void Lifeline::HearPong(const Message& pong) {
  const int64_t now = options_.clock();
  std::lock_guard<std::mutex> lock(mutex_);
  if (pong.sent_ns != ping_) return;  // of a ping given up
  // Rank 0 answered at some time of the round trip; the middle is at most half
  // of it wrong.
  const int64_t half = (now - pong.sent_ns + 1) / 2;
  pong_ = ClockOffset{pong.sent_ns + half - pong.server_ns, half};
  changed_.notify_all();
}

// Rank 0 answers this rank's, or its server ends in order.
void Lifeline::HearGoodbye() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (ended_) return;
  if (!leaving_) connection_.Send(Report(Message::kGoodbye, ""));
  ended_ = true;
  connection_.Close();
  changed_.notify_all();
}

void Lifeline::HearStop(const std::string& reason) {
  if (std::exchange(told_stop_, true)) return;
  stop_requested_.store(true);
  if (options_.on_stop) options_.on_stop(reason);
}

void Lifeline::End(Connection::State state) {
  Verdict verdict;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (ended_ || verdict_) return;
    ended_ = true;
    connection_.Close();
    changed_.notify_all();
    if (leaving_) return;
    if (state == Connection::State::kLinkLost) {
      verdict = LinkLost(rank_0_, nullptr, options_.link_timeout);
    } else if (state == Connection::State::kNonsense) {
      verdict =
          Failed(rank_0_, nullptr,
                 absl::StrCat("its lifeline carried ", connection_.problem()));
    } else {
      verdict = ConnectionClosed(rank_0_, nullptr);
    }
  }
  Conclude(verdict);
}

bool Lifeline::HasJustBegun() {
  return ticks_.load(std::memory_order_relaxed) > 0 &&
         !std::exchange(told_begun_, true);
}

// Once a heartbeat interval.
void Lifeline::Beat() {
  next_beat_ = Clock::now() + kHeartbeatInterval;
  bool lost = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (ended_) return;
    lost = connection_.IsLinkLost(options_.link_timeout);
    connection_.SendHeartbeat(Report(Message::kHeartbeat, ""));
  }
  if (lost) return End(Connection::State::kLinkLost);
  const milliseconds silence = awake_ - heard_at_;
  if (options_.stall_timeout > milliseconds(0) &&
      silence >= std::max(options_.stall_timeout, kSurelySilent))
    Conclude(Silent(rank_0_, nullptr, silence));
}

void Lifeline::Conclude(const Verdict& verdict) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (verdict_) return;
    if (!ended_) {
      // Rank 0 knows its own verdicts; of another one it should hear.
      Message report = Report(Message::kVerdict, verdict.cause);
      report.who.rank = verdict.rank;
      connection_.Send(report);
      connection_.Send(Report(Message::kGoodbye, ""));
    }
    verdict_ = verdict;
    changed_.notify_all();
  }
  if (options_.on_verdict) options_.on_verdict(verdict);
}

// There is a verdict, and the callback has run.
bool Lifeline::Concluded() {
  std::optional<Verdict> own;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (verdict_) return true;
    own = own_failure_;
  }
  if (!own) return false;
  Conclude(*own);
  return true;
}

}  // namespace lockstep
