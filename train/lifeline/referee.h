// Decides who failed first. It knows no sockets and no clock: events and the
// time come from outside, so every rule has a test without waiting.
//
// What counts as a cause, at once: a connection that closes without a goodbye,
// a link that is lost, a failure of a rank's own, nonsense on the wire. A
// failure that a peer's failure explains (a broken collective) is held back for
// kVictimPatience, because the real cause may still be under way.
//
// A stall. Ranks work in lockstep, so one that stalls freezes all of them
// within a step. Blamed is, of the ranks without a tick for the stall timeout:
//   1. the one whose process has been silent longest, whatever the others do;
//   2. the least advanced one, once a rank is a step ahead of it or all stand
//      still (a rank that only waits while another works alone is not blamed);
//   3. nobody by name, if all stand at the same place.
// Who has met the others but not joined is lost once nobody has joined for the
// link timeout: all are on their way, and only a moment apart.
//
// Nothing is a stall before all ranks have come and one has ticked; until every
// rank has ticked the timeout is kStartFactor times as long, but for a process
// that is silent.

#ifndef LOCKSTEP_TRAIN_LIFELINE_REFEREE_H_
#define LOCKSTEP_TRAIN_LIFELINE_REFEREE_H_

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "train/lifeline/verdict.h"

namespace lockstep {

inline constexpr std::chrono::milliseconds kVictimPatience(2000);
inline constexpr int kStartFactor = 10;

// Not for several threads.
class Referee {
 public:
  using Time = std::chrono::milliseconds;  // on an AwakeClock

  // `stall_timeout` <= 0: stalls are not judged.
  Referee(int world_size, Time stall_timeout, Time link_timeout)
      : world_size_(world_size),
        stall_timeout_(stall_timeout),
        link_timeout_(link_timeout) {}

  // Who must join. Nobody is missed without it.
  void Expect(std::vector<RankIdentity> ranks) { expected_ = std::move(ranks); }

  // What happens. Ranks must have joined; after the verdict nothing counts.
  void Joined(const RankIdentity& who, Time now);
  void Heard(int rank, const RankProgress& progress, Time now);
  void FailedItself(int rank, const std::string& message);
  void FailedAsVictim(int rank, const std::string& message, Time now);
  void Left(int rank);  // its goodbye
  void Closed(int rank);
  void LostLink(int rank);
  void SpokeNonsense(int rank, const std::string& problem);
  // A rank reached a verdict of its own, as it does about a silent rank 0.
  void Adopt(const Verdict& verdict);
  // To be called at least once a heartbeat interval.
  void TimePasses(Time now);
  // Rank 0 is about to end: a failure that was held back is the verdict.
  void NoTimeLeft();

  const std::optional<Verdict>& verdict() const { return verdict_; }

 private:
  struct Rank {
    RankIdentity who;
    RankProgress progress;
    Time moved{0}, heard{0};  // its latest tick that we know, its latest word
    bool in_run = true;       // has not left, nor reported a failure
  };
  using Ranks = std::vector<const Rank*>;

  void Decide(Verdict verdict);
  Ranks InRun() const;
  Time StallLimit(const Ranks& ranks) const;
  void JudgeAbsence(Time now);
  void JudgeStall(Time now);
  void BlameLeastAdvanced(const Ranks& all, const Ranks& stuck, Time now);

  const int world_size_;
  const Time stall_timeout_, link_timeout_;
  std::vector<RankIdentity> expected_;
  std::map<int, Rank> ranks_;
  Time latest_join_{0};
  std::optional<Verdict> verdict_, victim_;  // victim_: held back
  Time victim_since_{0};
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LIFELINE_REFEREE_H_
