#include "train/comm/rank_barrier.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace lockstep {

RankBarrier::RankBarrier(int size, std::chrono::milliseconds timeout)
    : timeout_(timeout), places_(size) {}

absl::Status RankBarrier::Meet(int rank, void* contribution,
                               const Combine& combine) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!broken_.ok()) return broken_;
  places_[rank].contribution = contribution;
  places_[rank].here = true;
  const int64_t round = round_;
  if (++present_ == size()) return CombineAll(lock, combine);
  return WaitForRound(lock, round);
}

absl::Status RankBarrier::CombineAll(std::unique_lock<std::mutex>& lock,
                                     const Combine& combine) {
  std::vector<void*> contributions;
  for (const Place& place : places_)
    contributions.push_back(place.contribution);
  combining_ = true;
  lock.unlock();
  absl::Status status = combine(contributions);
  lock.lock();
  combining_ = false;
  present_ = 0;
  for (Place& place : places_) place.here = false;
  if (status.ok())
    ++round_;
  else
    Break(status);
  changed_.notify_all();
  return status;
}

// A rank that leaves while the others' contributions are combined has taken
// part: its round ends well, the next one fails.
absl::Status RankBarrier::WaitForRound(std::unique_lock<std::mutex>& lock,
                                       int64_t round) {
  const auto over = [&] {
    return round_ != round || (!broken_.ok() && !combining_);
  };
  if (!changed_.wait_for(lock, timeout_, over)) {
    changed_.wait(lock, [&] { return !combining_; });
    if (!over())
      Break(absl::UnavailableError(absl::StrCat(
          "no sign of ", MissingRanks(), " within ", timeout_.count(), " ms")));
  }
  return round_ != round ? absl::OkStatus() : broken_;
}

absl::Status RankBarrier::Pause(int rank,
                                std::chrono::steady_clock::time_point moment) {
  std::unique_lock<std::mutex> lock(mutex_);
  const bool left =
      changed_.wait_until(lock, moment, [&] { return places_[rank].left; });
  return left ? broken_ : absl::OkStatus();
}

void RankBarrier::Leave(int rank) {
  const std::lock_guard<std::mutex> lock(mutex_);
  places_[rank].left = true;
  Break(absl::UnavailableError(absl::StrCat("rank ", rank, " has left")));
}

void RankBarrier::Break(absl::Status why) {
  if (broken_.ok()) broken_ = std::move(why);
  changed_.notify_all();
}

std::string RankBarrier::MissingRanks() const {
  std::string ranks;
  for (int r = 0; r < size(); ++r)
    if (!places_[r].here) absl::StrAppend(&ranks, ranks.empty() ? "" : ", ", r);
  return absl::StrCat("rank ", ranks);
}

}  // namespace lockstep
