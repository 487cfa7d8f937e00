// Where the ranks of one process meet: a barrier that hands every rank's
// contribution to one of them and that nobody waits at for ever.

#ifndef LOCKSTEP_TRAIN_COMM_RANK_BARRIER_H_
#define LOCKSTEP_TRAIN_COMM_RANK_BARRIER_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace lockstep {

// Thread-safe; one thread a rank calls Meet() and Pause(), any thread Leave().
// The first failure is final: every later Meet() returns it.
class RankBarrier {
 public:
  // What the ranks came for. Called once a round, in the last rank's thread,
  // with all contributions by rank; until it returns, every rank waits.
  using Combine = std::function<absl::Status(const std::vector<void*>&)>;

  // `timeout`: a rank that is not there this long after another one is lost.
  RankBarrier(int size, std::chrono::milliseconds timeout);

  // Returns when all ranks have come and their contributions are combined.
  // Unavailable if a rank has left or is lost, else what `combine` returned.
  // Nobody touches `contribution` after the return.
  absl::Status Meet(int rank, void* contribution, const Combine& combine);

  // Blocks `rank` until `moment`; Unavailable as soon as it leaves.
  absl::Status Pause(int rank, std::chrono::steady_clock::time_point moment);

  // `rank` takes no more part: all who wait or come later fail. May be called
  // again.
  void Leave(int rank);

  int size() const { return static_cast<int>(places_.size()); }

 private:
  struct Place {
    void* contribution = nullptr;
    bool here = false;
    bool left = false;
  };

  absl::Status CombineAll(std::unique_lock<std::mutex>& lock,
                          const Combine& combine);
  absl::Status WaitForRound(std::unique_lock<std::mutex>& lock, int64_t round);
  void Break(absl::Status why);
  std::string MissingRanks() const;

  const std::chrono::milliseconds timeout_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // All below under mutex_.
  std::vector<Place> places_;
  int present_ = 0;
  int64_t round_ = 0;       // rounds that have ended well
  bool combining_ = false;  // contributions are in use
  absl::Status broken_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_COMM_RANK_BARRIER_H_
