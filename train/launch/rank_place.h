// Where each rank runs, and who has not come: the words of a failed rendezvous.
// No torch.

#ifndef LOCKSTEP_TRAIN_LAUNCH_RANK_PLACE_H_
#define LOCKSTEP_TRAIN_LAUNCH_RANK_PLACE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "train/launch/launch.h"

namespace lockstep {

struct RankPlace {
  std::string host;   // as the launcher or the system calls it
  int pid = 0;        // on that host
  std::string build;  // of the program; "" = it does not say
};

// This process.
RankPlace ThisRankPlace(const LaunchInfo& launch, const std::string& build);

// "HOST PID BUILD" or, without a build, "HOST PID", and back; DataLoss if it is
// anything else.
std::string EncodeRankPlace(const RankPlace& place);
absl::StatusOr<RankPlace> DecodeRankPlace(absl::string_view text);

// OK if `rank` at `place` is of the same build as rank 0 at `first`; else
// FailedPrecondition names both.
absl::Status CheckSameBuild(const RankPlace& first, int rank,
                            const RankPlace& place);

// "ranks 2, 3 of 4 did not come; hosts with too few ranks: n1 (0 of 2)". The
// hosts stand there when Slurm named them; else those that ranks came from. Not
// more than 16 ranks and 8 hosts are named.
std::string DescribeMissing(const LaunchInfo& launch,
                            const std::vector<std::optional<RankPlace>>& come);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_RANK_PLACE_H_
