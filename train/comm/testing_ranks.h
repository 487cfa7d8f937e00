// N ranks as threads of one test, connected by real Gloo over loopback.

#ifndef LOCKSTEP_TRAIN_COMM_TESTING_RANKS_H_
#define LOCKSTEP_TRAIN_COMM_TESTING_RANKS_H_

#include <functional>

#include "train/comm/communicator.h"

namespace lockstep {

// Calls `body` once a rank, each in a thread of its own, and returns when all
// are done. A rank that cannot connect fails the test.
void RunRanks(int world_size, const std::function<void(Communicator&)>& body);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_COMM_TESTING_RANKS_H_
