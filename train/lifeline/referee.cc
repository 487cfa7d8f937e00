#include "train/lifeline/referee.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "train/lifeline/awake_clock.h"

namespace lockstep {
namespace {

bool LessAdvanced(const RankProgress& a, const RankProgress& b) {
  const bool a_began = a.ticks > 0, b_began = b.ticks > 0;
  return std::tie(a_began, a.step, a.position) <
         std::tie(b_began, b.step, b.position);
}

}  // namespace

void Referee::Joined(const RankIdentity& who, Time now) {
  Rank rank;
  rank.who = who;
  rank.moved = rank.heard = now;
  ranks_[who.rank] = rank;
  latest_join_ = now;
}

void Referee::Heard(int rank, const RankProgress& progress, Time now) {
  Rank& r = ranks_.at(rank);
  if (progress.ticks != r.progress.ticks) r.moved = now;
  r.heard = now;
  r.progress = progress;
}

void Referee::FailedItself(int rank, const std::string& message) {
  Rank& r = ranks_.at(rank);
  r.in_run = false;
  Decide(Failed(r.who, &r.progress, message));
}

void Referee::FailedAsVictim(int rank, const std::string& message, Time now) {
  Rank& r = ranks_.at(rank);
  r.in_run = false;
  if (victim_) return;
  victim_ = Failed(r.who, &r.progress, message);
  victim_since_ = now;
}

void Referee::Left(int rank) { ranks_.at(rank).in_run = false; }

void Referee::Closed(int rank) {
  Rank& r = ranks_.at(rank);
  // Who has left may close; who has failed has said so.
  if (r.in_run) Decide(ConnectionClosed(r.who, &r.progress));
  r.in_run = false;
}

void Referee::LostLink(int rank) {
  Rank& r = ranks_.at(rank);
  if (r.in_run) Decide(LinkLost(r.who, &r.progress, link_timeout_));
  r.in_run = false;
}

void Referee::SpokeNonsense(int rank, const std::string& problem) {
  FailedItself(rank, absl::StrCat("its lifeline carried ", problem));
}

void Referee::Adopt(const Verdict& verdict) { Decide(verdict); }

void Referee::TimePasses(Time now) {
  if (verdict_) return;
  if (victim_ && now - victim_since_ >= kVictimPatience) {
    Decide(*victim_);
  } else {
    JudgeAbsence(now);
    JudgeStall(now);
  }
}

void Referee::NoTimeLeft() {
  if (victim_) Decide(*victim_);
}

void Referee::Decide(Verdict verdict) {
  if (!verdict_) verdict_ = std::move(verdict);
}

Referee::Ranks Referee::InRun() const {
  Ranks ranks;
  for (const auto& [number, rank] : ranks_)
    if (rank.in_run) ranks.push_back(&rank);
  return ranks;
}

void Referee::JudgeAbsence(Time now) {
  const Time since = now - latest_join_;
  if (ranks_.empty() || since < link_timeout_) return;
  for (const RankIdentity& who : expected_)
    if (ranks_.count(who.rank) == 0) return Decide(NeverJoined(who, since));
}

// How long a rank may stand still now.
Referee::Time Referee::StallLimit(const Ranks& ranks) const {
  const bool all_began = std::all_of(ranks.begin(), ranks.end(), [](auto* r) {
    return r->progress.ticks > 0;
  });
  return all_began ? stall_timeout_ : kStartFactor * stall_timeout_;
}

void Referee::JudgeStall(Time now) {
  if (stall_timeout_ <= Time(0) ||
      ranks_.size() < static_cast<size_t>(world_size_))
    return;
  const Ranks all = InRun();
  if (std::none_of(all.begin(), all.end(),
                   [](auto* r) { return r->progress.ticks > 0; }))
    return;
  // Who starts slowly sends heartbeats; a process that sends none stands still.
  const Rank& silent =
      **std::min_element(all.begin(), all.end(),
                         [](auto* a, auto* b) { return a->heard < b->heard; });
  if (now - silent.heard >= std::max(stall_timeout_, kSurelySilent))
    return Decide(Silent(silent.who, &silent.progress, now - silent.moved));
  const Time limit = StallLimit(all);
  Ranks stuck;
  for (const Rank* r : all)
    if (now - r->moved >= limit) stuck.push_back(r);
  if (stuck.empty()) return;
  const Rank& quietest =
      **std::min_element(stuck.begin(), stuck.end(),
                         [](auto* a, auto* b) { return a->heard < b->heard; });
  const Time silence = std::max(limit / 2, std::min(limit, kSurelySilent));
  if (now - quietest.heard >= silence) {
    Decide(Silent(quietest.who, &quietest.progress, now - quietest.moved));
  } else {
    BlameLeastAdvanced(all, stuck, now);
  }
}

void Referee::BlameLeastAdvanced(const Ranks& all, const Ranks& stuck,
                                 Time now) {
  const auto less = [](auto* a, auto* b) {
    return LessAdvanced(a->progress, b->progress);
  };
  const Rank& last = **std::min_element(stuck.begin(), stuck.end(), less);
  const Rank& first = **std::max_element(all.begin(), all.end(), less);
  const bool all_stuck = stuck.size() == all.size();
  if (!all_stuck && last.progress.step >= first.progress.step) return;
  if (all.size() > 1 && !LessAdvanced(last.progress, first.progress)) {
    Decide(NobodyMoves(last.progress, now - last.moved));
  } else {
    Decide(Stalled(last.who, &last.progress, now - last.moved));
  }
}

}  // namespace lockstep
