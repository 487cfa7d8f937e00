// Averages gradients over ranks while backward is still running.
//
// A hook on every parameter's gradient accumulator copies the gradient, scaled,
// into its place in a flat bucket; when a bucket is full its all-reduce starts
// at once, on the communicator's own thread, and backward goes on. Buckets
// start in one agreed order on all ranks. After the first step the buckets are
// rebuilt in the order in which gradients arrived on rank 0.
//
//   Reducer reducer(net.parameters(), comm, caps);
//   reducer.Start();                       // once: same net on all ranks
//   for each step:
//     reducer.PrepareStep(local_images / global_images);
//     loss.backward();                     // gradients are means over local
//     images reducer.Finish();                    // .grad() = mean over global
//     images
//
// With weights w_r = n_r / sum(n) the sum over ranks of w_r * gradient_r is the
// gradient of the mean loss over all images, also when ranks have different
// numbers of images. Mechanism: hooks as in c10d::Reducer; the layout contract
// (a bucket's views have their parameters' strides) too.

#ifndef LOCKSTEP_TRAIN_REDUCER_H_
#define LOCKSTEP_TRAIN_REDUCER_H_

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "train/bucket_plan.h"
#include "train/comm/communicator.h"
#include "train/model/net.h"
#include "train/step_timing.h"

namespace torch::autograd {
struct Node;
}  // namespace torch::autograd

namespace lockstep {

class Reducer {
 public:
  // `parameters` keep their storage; `comm` must outlive the reducer. One
  // reducer per set of parameters, used by one thread.
  Reducer(std::vector<NamedTensor> parameters, Communicator& comm,
          const BucketCaps& caps);
  ~Reducer();
  Reducer(const Reducer&) = delete;
  Reducer& operator=(const Reducer&) = delete;

  // Checks that every rank has the same parameters (FailedPrecondition names
  // the first rank that differs) and gives all ranks those of rank 0.
  // Collective.
  absl::Status Start();

  // Arms the hooks for one backward pass whose gradients count `weight`.
  // Discards the gradients of the step before.
  void PrepareStep(double weight);

  // Waits for the last bucket; then every parameter's .grad() is the average.
  // FailedPrecondition names a parameter that got no gradient; Unavailable if a
  // peer went away. Collective.
  absl::Status Finish();

  // Of the step that Finish() ended, in launch order.
  const std::vector<BucketInterval>& timings() const { return timings_; }

  // The buckets in launch order. Changes once, in the first Finish().
  std::vector<PlannedBucket> plan() const;

  bool is_first_rank() const { return comm_.rank() == 0; }

  // Bytes that each rank reduces in a step.
  int64_t gradient_bytes() const;

 private:
  struct Bucket {
    at::Tensor flat;
    std::vector<int> parameters;
    size_t missing = 0;  // gradients that this step has not produced yet
    std::unique_ptr<PendingReduce> pending;
  };

  void HookGradients();
  void BuildBuckets(const std::vector<int>& order);
  void OnGradient(int parameter);
  void LaunchReadyBuckets();
  absl::Status RebuildInArrivalOrder();

  const std::vector<NamedTensor> parameters_;
  Communicator& comm_;
  const BucketCaps caps_;
  std::vector<std::shared_ptr<torch::autograd::Node>> accumulators_;
  std::vector<uintptr_t> hooks_;

  std::vector<Bucket> buckets_;
  std::vector<int> bucket_of_;           // [parameters]
  std::vector<at::Tensor> views_;        // [parameters], into the flats
  std::vector<bool> produced_;           // [parameters], in this step
  std::vector<int> arrivals_;            // parameters in the order they came
  std::vector<BucketInterval> timings_;  // [buckets]
  size_t next_launch_ = 0;
  double weight_ = 1;
  bool armed_ = false;
  bool rebuilt_ = false;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_REDUCER_H_
