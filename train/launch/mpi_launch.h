// Ranks that an MPI launcher started: Open MPI, MVAPICH, MPICH's Hydra, PMI,
// PMIx. Each has its own names for the same four numbers.
//
// InvalidArgument names a variable that is missing or not a number in range.
// LaunchInfo::rendezvous comes from what all ranks of a run have and no other
// run has; "" where the launcher sets nothing of the kind.

#ifndef LOCKSTEP_TRAIN_LAUNCH_MPI_LAUNCH_H_
#define LOCKSTEP_TRAIN_LAUNCH_MPI_LAUNCH_H_

#include "absl/status/statusor.h"
#include "train/launch/environment_reader.h"
#include "train/launch/launch_info.h"

namespace lockstep {

absl::StatusOr<LaunchInfo> FromOpenMpi(const Environment& environment);
absl::StatusOr<LaunchInfo> FromMvapich(const Environment& environment);
// MPICH's and Intel MPI's mpiexec.
absl::StatusOr<LaunchInfo> FromHydra(const Environment& environment);
absl::StatusOr<LaunchInfo> FromPmi(const Environment& environment);
absl::StatusOr<LaunchInfo> FromPmix(const Environment& environment);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_LAUNCH_MPI_LAUNCH_H_
