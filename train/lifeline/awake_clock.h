// Time as lifelines count it: the pace of heartbeats, and the time in which
// this process ran. Whoever was stopped (SIGSTOP, a suspended job, a debugger)
// must not conclude on waking that the others were silent.

#ifndef LOCKSTEP_TRAIN_LIFELINE_AWAKE_CLOCK_H_
#define LOCKSTEP_TRAIN_LIFELINE_AWAKE_CLOCK_H_

#include <algorithm>
#include <chrono>

namespace lockstep {

// Both ends of a lifeline send a heartbeat this often.
inline constexpr std::chrono::milliseconds kHeartbeatInterval(250);
// A loaded host delays heartbeats, but not for this long.
inline constexpr std::chrono::milliseconds kSurelySilent(1000);

class AwakeClock {
 public:
  // For a loop that comes round at every heartbeat: what a round takes beyond
  // two intervals does not count.
  explicit AwakeClock(std::chrono::steady_clock::time_point start)
      : before_(start) {}

  // The time awake since the start; `now` never goes back.
  std::chrono::milliseconds Advance(std::chrono::steady_clock::time_point now) {
    awake_ += std::min<std::chrono::nanoseconds>(now - before_,
                                                 2 * kHeartbeatInterval);
    before_ = now;
    return std::chrono::duration_cast<std::chrono::milliseconds>(awake_);
  }

 private:
  std::chrono::steady_clock::time_point before_;
  std::chrono::nanoseconds awake_{0};
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LIFELINE_AWAKE_CLOCK_H_
