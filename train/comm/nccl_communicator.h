// Collectives on GPUs: NCCL, on a stream of its own. One GPU a rank.
//
// Collectives run on a high-priority stream beside the caller's. They begin
// when the work queued so far on the current stream is done, and Wait() makes
// the current stream, not the host, wait for the sum; so backward goes on while
// buckets travel. A thread looks every 50 ms whether NCCL has noticed a failure
// or a collective has not ended in time; then it aborts, which also ends the
// kernels that would keep the GPU waiting for a lost peer. After that the
// values of what was under way are undefined and every call is Unavailable.
//
// Collectives may be recorded in a CUDA graph: then Times() tells nothing, and
// nobody enforces their deadline but who replays the graph.
//
// Times() come from CUDA events; cuda_clock.h says how exact they are. ready is
// when the current stream had produced the tensor, start when the collectives'
// stream got to it.

#ifndef LOCKSTEP_TRAIN_COMM_NCCL_COMMUNICATOR_H_
#define LOCKSTEP_TRAIN_COMM_NCCL_COMMUNICATOR_H_

#include <c10/util/intrusive_ptr.h>

#include <chrono>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "cuda_runtime_api.h"
#include "train/comm/communicator.h"

namespace c10d {
class Store;
}

namespace lockstep {

struct NcclOptions {
  int rank = 0;
  int world_size = 1;
  // Ordinal among the GPUs this process sees.
  int device = 0;
  // A collective that is not over this long after its call has lost a peer;
  // also the time for all ranks to connect.
  std::chrono::milliseconds timeout = std::chrono::minutes(5);
  // Called for every reduction when its tensor is ready (with the current
  // stream), begins and ends (with the collectives' stream): may put something
  // on that stream that notes the time there. Null: nothing is noted.
  std::function<void(cudaStream_t)> moment = nullptr;
};

// Connects all ranks; rank 0 hands out NCCL's id under the key "nccl_id" of
// `store` (use a PrefixStore for a second communicator), which one rank alone
// does not need. Collective: returns on every rank or fails, DeadlineExceeded,
// when not all have come within the time-out. FailedPrecondition if this
// machine lacks a GPU, a library or the right version of NCCL. Reductions may
// outlive the communicator, but fail then. Abort() may be called from any
// thread while the communicator exists.
absl::StatusOr<std::unique_ptr<Communicator>> MakeNcclCommunicator(
    const c10::intrusive_ptr<c10d::Store>& store, const NcclOptions& options);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_COMM_NCCL_COMMUNICATOR_H_
