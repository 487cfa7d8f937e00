// What each rank of a run is, and what about it spoils a run or its times. No
// torch.

#ifndef LOCKSTEP_TRAIN_SELFCHECK_RANK_FACTS_H_
#define LOCKSTEP_TRAIN_SELFCHECK_RANK_FACTS_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "train/launch/launch.h"
#include "train/selfcheck/check.h"

namespace lockstep {

struct RankFacts {
  std::string host, launcher;
  std::string revision;  // of Lockstep
  std::string torch_version, backend, device;
  std::string cpu;         // its model
  std::string congestion;  // TCP congestion control; "" = not known
  int threads = 1;         // that compute
  std::set<int> cores;     // numbers of those this process may run on
};

// Of this process; the rest comes from whoever sees torch.
RankFacts FactsOfThisRank(const LaunchInfo& launch);

// For an all-gather between ranks. DataLoss if it is anything else.
std::string EncodeRankFacts(const RankFacts& facts);
absl::StatusOr<RankFacts> DecodeRankFacts(const std::string& text);

// By rank. First PASS or FAIL for what must be equal (Lockstep, torch, backend,
// launcher, kind of device), then notes: hosts with more threads than cores,
// numbers of threads or CPU models that differ, and between hosts the
// congestion control. `ranks` is not empty.
std::vector<Check> JudgeRanks(const std::vector<RankFacts>& ranks);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_SELFCHECK_RANK_FACTS_H_
