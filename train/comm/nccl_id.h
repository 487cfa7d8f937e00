// The id by which the ranks of an NCCL communicator find each other.

#ifndef LOCKSTEP_TRAIN_COMM_NCCL_ID_H_
#define LOCKSTEP_TRAIN_COMM_NCCL_ID_H_

#include <nccl.h>

#include <chrono>

#include "absl/status/statusor.h"

namespace c10d {
class Store;
}

namespace lockstep {

// The id that rank 0 makes, on every rank: it travels under the key "nccl_id"
// of `store`, which one rank alone does not need. DeadlineExceeded when it is
// not there within `timeout`, Unavailable when rank 0 has no network interface,
// FailedPrecondition when it is another build's.
absl::StatusOr<ncclUniqueId> ShareNcclId(c10d::Store* store, int rank,
                                         int world_size,
                                         std::chrono::milliseconds timeout);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_COMM_NCCL_ID_H_
