// Do P ranks compute what one process computes on their joined batch?
//
// Every rank computes both: its share through the reducer, and, from the same
// parameters, the whole batch by itself. No data files: the images are random
// numbers that are the same on every host.
//
// In fp64 they must agree. In fp32 they need not: an input of a ReLU that is
// rounded to the other side of zero changes the gradient by up to 1 %, and that
// happens to one process too (ResNet-20, 12 images: in 4 of 5 steps, against
// its own gradient in fp64). So narrower types are held against the ranks' own
// gradients, summed in fp64, within a bound that the .cc derives; and LeNet,
// where flips are rare, against one process in the median step.

#ifndef LOCKSTEP_TRAIN_SELFCHECK_PARITY_H_
#define LOCKSTEP_TRAIN_SELFCHECK_PARITY_H_

#include <c10/core/ScalarType.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "train/bucket_plan.h"
#include "train/comm/communicator.h"
#include "train/model/net_spec.h"
#include "train/selfcheck/check.h"

namespace lockstep {

struct ParityCase {
  std::string name;  // "lenet fp64"
  NetSpec spec;      // its batch norms, if any, are synchronised
  at::ScalarType type = at::kDouble;  // of parameters and arithmetic
  at::ScalarType wire = at::kDouble;  // of gradients under way
  std::vector<BucketCaps> caps;       // each is tried; at least one
  int images = 12;  // of all ranks; rank r has r^2 .. (r + 1)^2 parts of P^2
  bool channels_last = true;
  bool alone = true;  // compare with one process
};

struct ParityResult {
  // "gradients NAME": the mean over ranks against one process (if `alone`).
  // "sums NAME": against the sum of the ranks' gradients in fp64 (if the wire
  // is narrower). "bits NAME": parameters and running statistics are the same
  // bits on all ranks. Errors are 2-norms of the error of all gradients over
  // those of all gradients.
  std::vector<Check> checks;
  // The buckets of the last cap, in their final order.
  std::vector<PlannedBucket> plan;
};

// Five steps for each cap; the first of them uses the reducer's first plan. At
// most 1e-10 (fp64) and 1e-6 (fp32) of error against one process are allowed,
// and what the wire adds: a first convolution's gradients are sums of thousands
// of terms that cancel. `progress` is called before each step.
//
// Collective: the same case on all ranks, which get the same result.
// Unavailable if a peer went away. Exceptions of torch pass through.
absl::StatusOr<ParityResult> CheckParity(Communicator& comm,
                                         const ParityCase& parity,
                                         const std::function<void()>& progress);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_SELFCHECK_PARITY_H_
