// N ranks as threads of one test, connected by a communicator of any kind.

#ifndef LOCKSTEP_TRAIN_COMM_TESTING_RANKS_H_
#define LOCKSTEP_TRAIN_COMM_TESTING_RANKS_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "train/comm/communicator.h"

namespace lockstep {

// Connects one rank; called in that rank's thread.
using ConnectRank =
    std::function<absl::StatusOr<std::unique_ptr<Communicator>>(int rank)>;

// Makes what the ranks of one run share (a store, a hub).
using RankFactory = std::function<ConnectRank(int world_size)>;

// Real Gloo over loopback.
ConnectRank GlooRanks(int world_size);
// The in-process communicator, for exact and fast tests.
ConnectRank InProcessRanks(int world_size);

// Calls `body` once a rank, each in a thread of its own, and returns when all
// are done. A rank that cannot connect fails the test.
void RunRanks(int world_size, const ConnectRank& connect,
              const std::function<void(Communicator&)>& body);

// The same by Gloo.
void RunRanks(int world_size, const std::function<void(Communicator&)>& body);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_COMM_TESTING_RANKS_H_
