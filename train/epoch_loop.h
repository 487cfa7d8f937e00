// The training loop of one rank: steps, their times, exact sums.

#ifndef LOCKSTEP_TRAIN_EPOCH_LOOP_H_
#define LOCKSTEP_TRAIN_EPOCH_LOOP_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "data/cifar10.h"
#include "data/sharded_sampler.h"
#include "train/batch.h"
#include "train/model/net.h"
#include "train/optim/sgd.h"
#include "train/options.h"
#include "train/reducer.h"
#include "train/step_timing.h"

namespace lockstep {

// What this rank saw in one epoch.
struct EpochResult {
  Score train;  // this rank's images
  std::vector<StepTiming> timings;
  std::vector<int> images_per_step;  // of all ranks
};

// Trains one epoch after the other. Holds references; all must outlive it.
class EpochLoop {
 public:
  // `reducer` null = one rank without communication.
  EpochLoop(const TrainOptions& options, const ImageSet& train, Net& net,
            Reducer* reducer, const ShardedSampler::Options& shard);

  // Runs `epoch`, at most `max_steps` steps of it. Unavailable if a peer went
  // away; Internal if the loss is no number any more.
  absl::StatusOr<EpochResult> Run(int64_t epoch, int64_t max_steps);

  int64_t steps_per_epoch() const { return sampler_.steps(); }

 private:
  // One step; adds this rank's score to `train`.
  absl::StatusOr<StepTiming> Step(int64_t epoch, int64_t step, Score& train);

  const TrainOptions& options_;
  const ImageSet& images_;
  Net& net_;
  Reducer* const reducer_;
  Sgd optimizer_;
  ShardedSampler sampler_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_EPOCH_LOOP_H_
