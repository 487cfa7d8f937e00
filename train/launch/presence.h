// Who is still there while ranks wait for the last one to come.
//
// Between a rank's arrival and the lifelines, which begin when all have come,
// nobody has a connection that would close. So waiting ranks count up a number
// in the store once a second; rank 0 looks whether the others' numbers move,
// they look at rank 0's, and rank 0 tells all of them how the meeting failed.

#ifndef LOCKSTEP_TRAIN_LAUNCH_PRESENCE_H_
#define LOCKSTEP_TRAIN_LAUNCH_PRESENCE_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/status/status.h"

namespace c10d {
class Store;
}

namespace lockstep {

// One question to the store for each rank that is watched: rank 0 answers about
// 10,000 a second.
inline constexpr std::chrono::seconds kPresenceInterval(1);
// Looks without a change until a rank is lost. Counted in looks, not in
// seconds, so that a process that was stopped itself blames nobody.
inline constexpr int kSilentLooks = 5;

// Functions throw what the store throws. Not for several threads.
class Presence {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `store` must outlive it.
  Presence(c10d::Store& store, int rank) : store_(store), rank_(rank) {}

  // To be called often. Once an interval: shows this rank's presence and
  // returns the first rank of `watched` that is lost.
  std::optional<int> Look(const std::vector<int>& watched, Time now);

  // Rank 0's announcement, which the call acknowledges; OK = there is none.
  absl::Status Announcement();

  // Rank 0: tells the ranks `to` why they will not meet, and waits until they
  // know, `patience` at most.
  void Announce(const absl::Status& failure, std::vector<int> to,
                std::chrono::milliseconds patience);

 private:
  struct Seen {
    int64_t beats = -1;
    int silent_looks = 0;
  };
  bool IsLost(int rank);

  c10d::Store& store_;
  const int rank_;
  Time next_look_{};
  std::map<int, Seen> seen_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_PRESENCE_H_
