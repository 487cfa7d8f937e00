// How a rank gets its lifeline: connects to rank 0 and says hello.

#ifndef LOCKSTEP_TRAIN_LIFELINE_JOIN_H_
#define LOCKSTEP_TRAIN_LIFELINE_JOIN_H_

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "train/lifeline/connection.h"

namespace lockstep {

struct Joined {
  Connection connection;
  RankIdentity rank_0;
  std::vector<Message> more;  // that came after the welcome
};

// Tries for `timeout`. DeadlineExceeded if rank 0 cannot be reached or does not
// answer, FailedPrecondition if it refuses this rank, InvalidArgument if the
// address cannot be resolved.
absl::StatusOr<Joined> JoinRun(const std::string& address, int port,
                               const RankIdentity& self,
                               const std::string& nonce,
                               std::chrono::milliseconds link_timeout,
                               std::chrono::milliseconds timeout);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LIFELINE_JOIN_H_
