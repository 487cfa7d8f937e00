// Batch norm over the images of all ranks, as if they were one batch.
//
// Forward: every rank contributes count, mean and sum of squared deviations of
// its part; all ranks combine them in rank order (Chan et al. 1979), so that
// statistics are bit-identical everywhere. Backward: the two per-channel sums
// of the gradient are added over ranks too. One collective each way and layer;
// they go through the same queue as gradient buckets.

#ifndef LOCKSTEP_TRAIN_MODEL_SYNC_BATCH_NORM_H_
#define LOCKSTEP_TRAIN_MODEL_SYNC_BATCH_NORM_H_

#include <ATen/core/Tensor.h>

#include "train/comm/communicator.h"

namespace lockstep {

// The ranks that normalise together, and this rank's part in the current pass.
// Set `weight` and `idle` before forward and leave them until backward is over.
struct BatchNormGroup {
  Communicator* comm = nullptr;
  // This rank's share of the step's images: its gradients will be multiplied by
  // it (Reducer), so what comes from other ranks is divided by it here.
  double weight = 1;
  // True when this rank only keeps the collectives company: its images do not
  // count.
  bool idle = false;
};

struct BatchNormTensors {
  at::Tensor weight, bias;               // [channels]
  at::Tensor running_mean, running_var;  // [channels], updated
};

// `images` [n, channels, h, w] with batch statistics of the whole group.
// Records for autograd; `group` must live until backward is over. Throws
// CommunicationFailure when a peer goes away: autograd knows no Status.
at::Tensor SyncBatchNorm(const at::Tensor& images, const BatchNormTensors& norm,
                         double momentum, double epsilon,
                         const BatchNormGroup& group);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_MODEL_SYNC_BATCH_NORM_H_
