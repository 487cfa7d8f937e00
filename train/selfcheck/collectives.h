// Do the run's collectives move and add exactly what they are given?

#ifndef LOCKSTEP_TRAIN_SELFCHECK_COLLECTIVES_H_
#define LOCKSTEP_TRAIN_SELFCHECK_COLLECTIVES_H_

#include <vector>

#include "absl/status/statusor.h"
#include "train/comm/communicator.h"
#include "train/selfcheck/check.h"

namespace lockstep {

// One check each of the all-reduce (whole numbers whose sums no type rounds;
// fp32, fp64, bf16 and int64; 0 to 2^20 + 3 elements), the broadcast (from the
// first and the last rank) and the all-gather (of unequal lengths).
//
// Collective; all ranks get the same checks, unless it is the all-gather that
// is wrong. Holds a few tensors of 8 MB. Unavailable if a peer went away.
absl::StatusOr<std::vector<Check>> CheckCollectives(Communicator& comm);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_SELFCHECK_COLLECTIVES_H_
