// Which bucket cap makes a step fastest, tried on the run itself.
//
// Small buckets start early and pay a latency each; large ones start late. What
// wins depends on net, batch, link and hosts, so it is measured: a few steps
// with every cap, without touching the parameters.

#ifndef LOCKSTEP_TRAIN_BUCKET_TUNER_H_
#define LOCKSTEP_TRAIN_BUCKET_TUNER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "train/comm/communicator.h"
#include "train/model/net.h"
#include "train/reducer.h"

namespace lockstep {

struct BucketTrial {
  double cap_mib = 0;
  int buckets = 0;
  // Median over the timed steps of the maximum over ranks, seconds: from the
  // start of forward to the averaged gradients.
  double step_s = 0;
};

struct BucketTunerOptions {
  std::vector<double> caps_mib = {1, 4, 10, 25, 100};
  int steps = 3;  // timed, after one in which the buckets are rebuilt
};

// Tries every cap with `base` otherwise; `pass` computes one forward and
// backward pass of this rank's. Gradients are left undefined, parameters as
// they were; running statistics of batch norms move. Collective; all ranks get
// the same trials, in the order of the caps. Unavailable if a peer went away.
absl::StatusOr<std::vector<BucketTrial>> TryBucketCaps(
    Communicator& comm, const std::vector<NamedTensor>& parameters,
    const ReducerOptions& base, const std::function<void()>& pass,
    const BucketTunerOptions& options = {});

// The fastest of `trials` (not empty); of those within 1 % of it the one with
// the fewest buckets, because such a difference is noise.
const BucketTrial& BestTrial(const std::vector<BucketTrial>& trials);

// "[TUNE] bucket_cap_mb=10 of 1: 1.212 s, 4: ..." on one line.
std::string TuneLine(const std::vector<BucketTrial>& trials);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_BUCKET_TUNER_H_
