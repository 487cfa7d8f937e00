#include "train/launch/presence.h"

#include <algorithm>
#include <string>
#include <thread>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace lockstep {
namespace {

constexpr char kAnnouncement[] = "failure";
constexpr auto kPollInterval = std::chrono::milliseconds(20);

std::string BeatsOf(int rank) { return absl::StrCat("beats/", rank); }
std::string HeardBy(int rank) { return absl::StrCat("heard/", rank); }

void Set(c10d::Store& store, const std::string& key, const std::string& text) {
  store.set(key, std::vector<uint8_t>(text.begin(), text.end()));
}

}  // namespace

std::optional<int> Presence::Look(const std::vector<int>& watched, Time now) {
  if (now < next_look_) return std::nullopt;
  next_look_ = now + kPresenceInterval;
  store_.add(BeatsOf(rank_), 1);
  for (int rank : watched)
    if (IsLost(rank)) return rank;
  return std::nullopt;
}

bool Presence::IsLost(int rank) {
  Seen& seen = seen_[rank];
  const int64_t beats = store_.add(BeatsOf(rank), 0);
  seen.silent_looks = beats == seen.beats ? seen.silent_looks + 1 : 0;
  seen.beats = beats;
  return seen.silent_looks >= kSilentLooks;
}

absl::Status Presence::Announcement() {
  if (!store_.check({kAnnouncement})) return absl::OkStatus();
  const std::vector<uint8_t> bytes = store_.get(kAnnouncement);
  const std::string text(bytes.begin(), bytes.end());
  Set(store_, HeardBy(rank_), "1");
  int code = 0;
  const size_t blank = text.find(' ');
  if (blank == text.npos || !absl::SimpleAtoi(text.substr(0, blank), &code) ||
      code == 0)
    return absl::InternalError("rank 0 announced nonsense");
  return {static_cast<absl::StatusCode>(code), text.substr(blank + 1)};
}

void Presence::Announce(const absl::Status& failure, std::vector<int> to,
                        std::chrono::milliseconds patience) {
  Set(store_, kAnnouncement,
      absl::StrCat(failure.raw_code(), " ", failure.message()));
  const auto until = std::chrono::steady_clock::now() + patience;
  const auto has_heard = [this](int rank) {
    return store_.check({HeardBy(rank)});
  };
  while (std::chrono::steady_clock::now() < until) {
    to.erase(std::remove_if(to.begin(), to.end(), has_heard), to.end());
    if (to.empty()) return;
    std::this_thread::sleep_for(kPollInterval);
  }
}

}  // namespace lockstep
