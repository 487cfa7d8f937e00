// Collectives on CPUs: LibTorch's own Gloo, through c10d::ProcessGroupGloo.

#ifndef LOCKSTEP_TRAIN_COMM_GLOO_COMMUNICATOR_H_
#define LOCKSTEP_TRAIN_COMM_GLOO_COMMUNICATOR_H_

#include <c10/util/intrusive_ptr.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "train/comm/communicator.h"

namespace c10d {
class Store;
}

namespace lockstep {

struct GlooOptions {
  int rank = 0;
  int world_size = 1;
  // Name or address of this host that the other ranks can reach; "" = the
  // loopback address.
  std::string address;
  // Network interface to use instead ("eth0"); "" = by address.
  std::string interface;
  // A collective that takes longer has lost a peer.
  std::chrono::milliseconds timeout = std::chrono::minutes(5);
};

// Connects all ranks through `store`, which the communicator keeps alive.
// Collective: returns on every rank or fails, Unavailable, when not all have
// come within the time-out.
absl::StatusOr<std::unique_ptr<Communicator>> MakeGlooCommunicator(
    const c10::intrusive_ptr<c10d::Store>& store, const GlooOptions& options);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_COMM_GLOO_COMMUNICATOR_H_
