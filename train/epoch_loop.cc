#include "train/epoch_loop.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "tools/cli/progress.h"

namespace lockstep {
namespace {

// What a rank computes in a step that has no image left for it: its collectives
// must still run, with a gradient of weight zero.
constexpr uint32_t kIdleImage[] = {0};

}  // namespace

EpochLoop::EpochLoop(const TrainOptions& options, const ImageSet& train,
                     Net& net, Reducer* reducer,
                     const ShardedSampler::Options& shard)
    : options_(options),
      images_(train),
      net_(net),
      reducer_(reducer),
      optimizer_(net.parameters(), {options.momentum, options.weight_decay}),
      sampler_(shard) {}

absl::StatusOr<StepTiming> EpochLoop::Step(int64_t epoch, int64_t step,
                                           Score& train) {
  StepTiming t;
  t.begin_ns = SteadyNanoseconds();
  const absl::Span<const uint32_t> mine = sampler_.Batch(step);
  const AugmentationKey key = {options_.seed, epoch};
  const Batch batch = MakeBatch(images_, mine.empty() ? kIdleImage : mine,
                                options_.augment ? &key : nullptr);
  t.data_ns = SteadyNanoseconds();
  t.h2d_ns = t.data_ns;  // a CPU computes where the batch is
  const at::Tensor logits = net_.Forward(batch.images, Mode::kTrain);
  const at::Tensor loss = at::cross_entropy_loss(logits, batch.labels);
  t.forward_ns = SteadyNanoseconds();
  if (reducer_ != nullptr) {
    reducer_->PrepareStep(static_cast<double>(mine.size()) /
                          sampler_.GlobalBatchSize(step));
  } else {
    ClearGradients(net_.parameters());
  }
  loss.backward();
  t.backward_ns = SteadyNanoseconds();
  if (reducer_ != nullptr) {
    const absl::Status status = reducer_->Finish();
    if (!status.ok()) return status;
    t.buckets = reducer_->timings();
  }
  t.comm_ns = SteadyNanoseconds();
  optimizer_.Step(options_.learning_rate);
  t.optimizer_ns = SteadyNanoseconds();
  if (!mine.empty()) train += ScoreOf(logits, batch.labels);
  t.end_ns = SteadyNanoseconds();
  if (!std::isfinite(train.loss_sum))
    return absl::InternalError(absl::StrCat(
        "the loss is not a number any more at epoch ", epoch, " step ", step,
        "; try a smaller --lr than ", options_.learning_rate));
  return t;
}

absl::StatusOr<EpochResult> EpochLoop::Run(int64_t epoch, int64_t max_steps) {
  sampler_.StartEpoch(epoch);
  const int64_t steps = std::min(sampler_.steps(), max_steps);
  const bool quiet = reducer_ != nullptr && !reducer_->is_first_rank();
  Progress progress(
      absl::StrCat("epoch ", epoch), "images",
      std::min<int64_t>(images_.size(), steps * sampler_.GlobalBatchSize(0)),
      quiet);
  EpochResult result;
  int64_t images = 0;
  for (int64_t step = 0; step < steps; ++step) {
    absl::StatusOr<StepTiming> timing = Step(epoch, step, result.train);
    if (!timing.ok()) return timing.status();
    result.timings.push_back(*std::move(timing));
    result.images_per_step.push_back(sampler_.GlobalBatchSize(step));
    progress.Update(images += sampler_.GlobalBatchSize(step));
  }
  return result;
}

}  // namespace lockstep
