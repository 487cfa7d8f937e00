// A rank's connection to rank 0, which outlives the collectives.
//
// Gloo's collectives cannot be interrupted, and their errors name the victim's
// peer, not the cause. So every rank, rank 0 too, keeps a lifeline to the
// server in rank 0's process (server.h). Over it go heartbeats with progress,
// failures, requests to stop and pings of the clock; back comes, once, the
// verdict: which rank failed first, and of what.
//
//   lifeline->Tick("forward", step);              // in the training thread
//   if (!reduced.ok()) {
//     lifeline->FailAsVictim(reduced.message());  // a peer's end is the cause
//     verdict = lifeline->WaitForVerdict(5s);     // "rank 2 (host n1, ..."
//   }
//
// Without a network to rank 0, or without rank 0, the rank reaches a verdict by
// itself. All functions can be called from any thread, except that callbacks
// must not call Leave(), MeasureClock() or the destructor. None is safe in a
// signal handler.

#ifndef LOCKSTEP_TRAIN_LIFELINE_LIFELINE_H_
#define LOCKSTEP_TRAIN_LIFELINE_LIFELINE_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "train/lifeline/awake_clock.h"
#include "train/lifeline/connection.h"
#include "train/lifeline/join.h"
#include "train/lifeline/verdict.h"
#include "train/lifeline/worker.h"
#include "train/step_timing.h"

namespace lockstep {

class Lifeline {
 public:
  struct Options {
    RankIdentity self;
    int world_size = 1;
    std::string nonce;  // as the server's
    // Rank 0's process silent for this long is a verdict; 0 = never. The
    // server judges the progress of ranks by its own setting.
    std::chrono::milliseconds stall_timeout{0};
    std::chrono::milliseconds link_timeout{7000};  // >= 1 s
    std::chrono::milliseconds connect_timeout{30000};
    // Each runs at most once, on the lifeline's thread; may be null. The
    // destructor waits for them, and nothing else is heard meanwhile.
    std::function<void(const Verdict&)> on_verdict;
    std::function<void(const std::string& reason)> on_stop;
    // This rank's steady clock in ns; replaced in tests. Called by two threads.
    std::function<int64_t()> clock;
  };

  // DeadlineExceeded if rank 0 cannot be reached in `connect_timeout`,
  // FailedPrecondition if it refuses this rank, InvalidArgument if the options
  // or the address are wrong, ResourceExhausted without a thread or descriptor.
  static absl::StatusOr<std::unique_ptr<Lifeline>> Connect(
      const std::string& address, int port, Options options);

  // Without Leave() before, this rank's failure.
  ~Lifeline();

  // RankProgress, from one thread: a few stores, no lock (and once, at first, a
  // wake). `phase` is a string literal. All ranks should tick alike; see
  // referee.h for what is judged.
  void Tick(const char* phase, int64_t step);

  // This rank's own failure: the verdict, unless there is one already. On the
  // wire when it returns (unless the socket is full).
  void Fail(absl::string_view message);

  // A failure that is probably another rank's: becomes the verdict only if no
  // other cause is heard of for 2 s (kVictimPatience).
  void FailAsVictim(absl::string_view message);

  // This rank was asked to stop: every rank's on_stop is called.
  void RequestStop(absl::string_view reason);
  bool stop_requested() const { return stop_requested_.load(); }

  // The verdict; nothing if there is none after `timeout`.
  std::optional<Verdict> WaitForVerdict(std::chrono::milliseconds timeout);

  // The best of `pings` round trips (>= 1; about 0.1 ms each on a LAN).
  // Unavailable if one takes over 2 s or the run ends.
  absl::StatusOr<ClockOffset> MeasureClock(int pings);

  // An orderly goodbye: from here on neither this rank's end is a failure nor
  // another rank's is heard of. Waits up to 1 s for rank 0 to know.
  void Leave();

 private:
  Lifeline(Options options, Joined joined);

  // On the worker's thread.
  void Watch(std::vector<Message> messages);
  void AwaitNews();
  void Read(std::vector<Message>* messages);
  void Hear(const Message& message);
  void HearPong(const Message& pong);
  void HearGoodbye();
  void HearStop(const std::string& reason);
  void End(Connection::State state);
  bool HasJustBegun();
  void Beat();
  void Conclude(const Verdict& verdict);
  bool Concluded();

  Message Report(Message::Type type, absl::string_view text) const;
  void SendFailure(Message::Type type, absl::string_view message);
  absl::StatusOr<ClockOffset> Ping();

  const Options options_;
  const RankIdentity rank_0_;

  std::atomic<int64_t> ticks_{0}, step_{0}, position_{0};
  std::atomic<const char*> phase_{""};
  std::atomic<bool> stop_requested_{false};

  // The worker's.
  bool told_stop_ = false, told_begun_ = false;
  AwakeClock clock_{std::chrono::steady_clock::now()};
  std::chrono::milliseconds awake_{0}, heard_at_{0};
  std::chrono::steady_clock::time_point next_beat_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  Connection connection_;
  std::optional<Verdict> verdict_;
  std::optional<Verdict> own_failure_;  // when there is no server to tell
  std::optional<ClockOffset> pong_;
  int64_t ping_ = 0;      // the one that is waited for
  bool leaving_ = false;  // goodbye said
  bool ended_ = false;    // rank 0 said goodbye or is gone

  std::mutex ping_mutex_;  // one measurement at a time
  Worker worker_;          // last: its thread ends before the rest goes
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LIFELINE_LIFELINE_H_
