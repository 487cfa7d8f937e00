// Which images each rank sees in each step.
//
// One permutation of all images an epoch, a function of (seed, epoch) only.
// Step s takes the next world_size * batch_size positions of it and rank r the
// r-th part of those, so
//   - every image is seen exactly once an epoch over all ranks, whatever the
//     sizes: the last step's images are dealt out evenly, ranks differ by one;
//   - P ranks of batch b see the same global batches as one rank of batch P*b.
// All ranks take the same number of steps. A rank may have fewer images than
// the others in the last step, even none: gradients are weighted by images.

#ifndef LOCKSTEP_DATA_SHARDED_SAMPLER_H_
#define LOCKSTEP_DATA_SHARDED_SAMPLER_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace lockstep {

class ShardedSampler {
 public:
  struct Options {
    int64_t images = 0;      // size of the data set, at least 1
    int64_t batch_size = 1;  // images per rank and step
    int world_size = 1;
    int rank = 0;
    uint64_t seed = 0;
  };

  // Epoch 0 is ready after construction.
  explicit ShardedSampler(const Options& options);

  // Makes the order of `epoch`. Invalidates what Batch() returned.
  void StartEpoch(int64_t epoch);

  // Steps an epoch: ceil(images / (world_size * batch_size)), on every rank.
  int64_t steps() const;

  // Image numbers of this rank in `step`, 0 <= step < steps(); may be empty.
  absl::Span<const uint32_t> Batch(int64_t step) const;

  // Images of all ranks together in `step`.
  int64_t GlobalBatchSize(int64_t step) const;

 private:
  const Options options_;
  std::vector<uint32_t> order_;  // [images]
};

}  // namespace lockstep

#endif  // LOCKSTEP_DATA_SHARDED_SAMPLER_H_
