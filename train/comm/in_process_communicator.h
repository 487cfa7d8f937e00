// Ranks as threads of one process: a communicator for tests. It is exact (sums
// are made in rank order, so they are the same bits every time), it names a
// rank that went away, and its reductions can be given a duration, so that a
// test can predict what a trainer must measure.
//
//   InProcessHub hub({world_size});
//   // in the thread of each rank:
//   auto communicator = hub.Join(rank);

#ifndef LOCKSTEP_TRAIN_COMM_IN_PROCESS_COMMUNICATOR_H_
#define LOCKSTEP_TRAIN_COMM_IN_PROCESS_COMMUNICATOR_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "train/comm/communicator.h"

namespace lockstep {

class RankBarrier;

struct InProcessOptions {
  int world_size = 1;
  // A rank that comes to a collective this long after another one is lost.
  std::chrono::milliseconds timeout = std::chrono::minutes(5);
  // How long a reduction takes at least, from its start (the moment it was
  // handed over or the end of the one before it, whichever is later) to its
  // end, on every rank; `collective` counts the rank's reductions from 0. Must
  // be thread-safe. Empty: as fast as it goes.
  std::function<std::chrono::nanoseconds(int64_t bytes, int collective)> delay;
};

// Thread-safe. Communicators may outlive the hub.
class InProcessHub {
 public:
  explicit InProcessHub(InProcessOptions options);

  // Once a rank. The communicator's collectives run on a thread of its own, in
  // the order of the calls; destroying it makes the other ranks fail in all
  // they have not yet finished, and Abort() does the same at once. Tensors that
  // do not fit together are InvalidArgument on every rank.
  std::unique_ptr<Communicator> Join(int rank);

 private:
  const InProcessOptions options_;
  const std::shared_ptr<RankBarrier> barrier_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_COMM_IN_PROCESS_COMMUNICATOR_H_
