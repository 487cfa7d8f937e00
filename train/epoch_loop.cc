#include "train/epoch_loop.h"

#include <ATen/core/Reduction.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "tools/cli/progress.h"
#include "train/launch/stop_signal.h"

namespace lockstep {
namespace {

// What a rank computes in a pass that has no image left for it: its collectives
// must still run, with a gradient of weight zero.
constexpr uint32_t kIdleImage[] = {0};

int64_t CeilOfRatio(int64_t a, int64_t b) { return (a + b - 1) / b; }

// CUDA's optimisers read fp32 rates; those of CPUs use all digits.
at::TensorOptions RateOptions(c10::Device device) {
  return at::device(device).dtype(device.is_cpu() ? at::kDouble : at::kFloat);
}

// Nothing hides what replicas copy: it is no part of computing, but exposed
// communication.
void ExposeCopies(const ReplicaTimes& copies, StepTiming& t) {
  t.forward_ns -= copies.forward_ns();
  t.backward_ns -= copies.forward_ns() + copies.backward_ns();
}

}  // namespace

EpochLoop::EpochLoop(const TrainOptions& options, Parts parts,
                     const ShardedSampler::Options& shard,
                     const LearningRateOptions& learning_rate)
    : options_(options),
      parts_(std::move(parts)),
      sampler_(shard),
      learning_rate_(learning_rate),
      report_(at::zeros(
          {kReportSize},
          at::device(parts_.net.options().device).dtype(at::kDouble))),
      rate_(at::zeros({}, RateOptions(report_.device()))) {}

int64_t EpochLoop::StartEpoch(const EpochPart& part) {
  sampler_.set_batch_size(int64_t{options_.BatchSizeAt(part.epoch)} *
                          options_.accumulate * options_.replicas());
  sampler_.StartEpoch(part.epoch, part.done);
  return std::min(sampler_.steps(), part.max_steps);
}

int64_t EpochLoop::StepsIn(const EpochPart& part) { return StartEpoch(part); }

// The same number of passes on every rank, because synchronised batch norms
// meet in each of them.
std::vector<EpochLoop::Pass> EpochLoop::PassesOf(int64_t step) const {
  const absl::Span<const uint32_t> mine = sampler_.Batch(step);
  const int64_t batch = sampler_.batch_size() / options_.accumulate;
  const int64_t most =
      CeilOfRatio(sampler_.GlobalBatchSize(step), sampler_.world_size());
  std::vector<Pass> passes(std::max<int64_t>(1, CeilOfRatio(most, batch)));
  for (size_t k = 0; k < passes.size(); ++k) {
    if (k * batch >= mine.size()) continue;
    passes[k].images = mine.subspan(k * batch, batch);
    passes[k].share =
        static_cast<double>(passes[k].images.size()) / mine.size();
  }
  return passes;
}

PassList EpochLoop::PassesOfEpoch(int64_t steps) const {
  PassList list;
  for (int64_t step = 0; step < steps; ++step)
    for (const Pass& pass : PassesOf(step))
      list.push_back(pass.images.empty() ? kIdleImage : pass.images);
  return list;
}

double EpochLoop::PositionOf(const EpochPart& part, int64_t step) const {
  const int64_t done = step == 0 ? part.done : sampler_.DoneAfter(step - 1);
  return part.epoch + static_cast<double>(done) / sampler_.positions();
}

StepShape EpochLoop::ShapeOf(int64_t step,
                             const std::vector<Pass>& passes) const {
  StepShape shape;
  for (const Pass& pass : passes) {
    shape.images.push_back(pass.images.size());
    shape.shares.push_back(pass.share);
  }
  shape.weight = static_cast<double>(sampler_.Batch(step).size()) /
                 sampler_.GlobalBatchSize(step);
  return shape;
}

void EpochLoop::SetInputs(double learning_rate) {
  at::Tensor(rate_).fill_(learning_rate);
  if (parts_.reducer != nullptr) parts_.reducer->SetVote(StopRequested());
}

void EpochLoop::PrepareStep(const StepShape& shape) {
  if (parts_.group != nullptr) parts_.group->weight = shape.weight;
  if (parts_.reducer != nullptr) {
    parts_.reducer->PrepareStep(
        {shape.weight, static_cast<int>(shape.images.size())});
  } else {
    ClearGradients(parts_.net.parameters());
  }
}

void EpochLoop::AddScore(const at::Tensor& logits, const at::Tensor& labels) {
  const auto [loss_sum, correct] = ScoreSums(logits, labels);
  report_[0].add_(loss_sum);
  report_[1].add_(correct);
}

at::Tensor EpochLoop::Forward(const at::Tensor& images) {
  return parts_.replicas != nullptr ? parts_.replicas->Forward(images)
                                    : parts_.net.Forward(images, Mode::kTrain);
}

// Returns logits and labels. The gradient of the loss is this pass's share of
// the rank's images.
std::pair<at::Tensor, at::Tensor> EpochLoop::RunPass(const Pass& pass) {
  if (parts_.group != nullptr) parts_.group->idle = pass.images.empty();
  enter_("data");
  const Batch batch = parts_.batches.Next();
  parts_.runner.Mark();
  enter_("forward");
  const at::Tensor logits = Forward(batch.images);
  const at::Tensor loss =
      at::cross_entropy_loss(logits, batch.labels, {}, at::Reduction::Mean,
                             /*ignore_index=*/-100, options_.label_smoothing);
  parts_.runner.Mark();
  enter_("backward");
  loss.backward(at::scalar_tensor(pass.share, loss.options()));
  if (parts_.replicas != nullptr) parts_.replicas->Backward();
  parts_.runner.Mark();
  return {logits.detach(), batch.labels};
}

absl::Status EpochLoop::Work(const std::vector<Pass>& passes,
                             const StepShape& shape) {
  parts_.runner.Mark();
  parts_.batches.Seek(next_pass_);
  PrepareStep(shape);
  parts_.runner.Mark();
  std::vector<std::pair<at::Tensor, at::Tensor>> answers;  // logits, labels
  for (const Pass& pass : passes) {
    auto answer = RunPass(pass);
    if (!pass.images.empty()) answers.push_back(std::move(answer));
  }
  enter_("communication");
  if (parts_.reducer != nullptr) {
    const absl::Status status = parts_.reducer->Finish();
    if (!status.ok()) return status;
    at::Tensor(report_[2]).copy_(parts_.reducer->vote_sum());
  }
  parts_.runner.Mark();
  enter_("optimiser");
  if (parts_.masters != nullptr) parts_.masters->GradientsToMasters();
  parts_.optimizer.Step(rate_);
  if (parts_.masters != nullptr) parts_.masters->MastersToWeights();
  if (parts_.average != nullptr) parts_.average->Update();
  parts_.runner.Mark();
  for (const auto& [logits, labels] : answers) AddScore(logits, labels);
  parts_.runner.Mark();
  return absl::OkStatus();
}

absl::Status EpochLoop::Judge(const std::vector<StepReport>& reports,
                              const EpochPart& part,
                              EpochResult& result) const {
  for (const StepReport& report : reports) {
    result.train.loss_sum = report.loss_sum;
    result.train.correct = std::llround(report.correct);
    result.stopped |= report.votes > 0;
    if (!std::isfinite(report.loss_sum))
      return absl::InternalError(
          absl::StrCat("the loss is not a number any more at epoch ",
                       part.epoch, " step ", part.first_step + result.judged,
                       "; try a smaller --lr than ", learning_rate_.rate));
    ++result.judged;
  }
  return absl::OkStatus();
}

absl::Status EpochLoop::Step(const EpochPart& part, int64_t step,
                             EpochResult& result) {
  enter_ = [&](const char* phase) {
    if (parts_.observe) parts_.observe(phase, part.first_step + step);
  };
  enter_("step");
  const std::vector<Pass> passes = PassesOf(step);
  const StepShape shape = ShapeOf(step, passes);
  result.learning_rate = LearningRateAt(learning_rate_, PositionOf(part, step));
  SetInputs(result.learning_rate);
  const auto due =
      parts_.runner.Run(shape, [&] { return Work(passes, shape); });
  if (!due.ok()) return due.status();
  if (parts_.replicas != nullptr)
    copies_.push_back(parts_.replicas->TakeTimes());
  next_pass_ += passes.size();
  result.train.images += sampler_.Batch(step).size();
  result.images_per_step.push_back(sampler_.GlobalBatchSize(step));
  result.done = sampler_.DoneAfter(step);
  // One rank has nobody to agree with.
  if (parts_.reducer == nullptr) result.stopped = StopRequested();
  return Judge(*due, part, result);
}

absl::StatusOr<EpochResult> EpochLoop::Run(const EpochPart& part) {
  const int64_t steps = StartEpoch(part);
  const bool quiet =
      parts_.reducer != nullptr && !parts_.reducer->is_first_rank();
  Progress progress(absl::StrCat("epoch ", part.epoch), "images",
                    steps == 0 ? 0 : sampler_.DoneAfter(steps - 1) - part.done,
                    quiet);
  parts_.batches.StartEpoch(part.epoch, PassesOfEpoch(steps));
  next_pass_ = 0;
  copies_.clear();
  at::Tensor(report_).zero_();
  absl::Status status = parts_.runner.StartEpoch(report_);
  EpochResult result;
  result.done = part.done;
  for (int64_t step = 0; status.ok() && step < steps && !result.stopped;
       ++step) {
    status = Step(part, step, result);
    progress.Update(result.done - part.done);
  }
  if (!status.ok()) return status;
  const auto rest = parts_.runner.Finish();
  if (!rest.ok()) return rest.status();
  status = Judge(*rest, part, result);
  if (!status.ok()) return status;
  result.timings = parts_.runner.TakeTimings();
  for (size_t i = 0; i < copies_.size(); ++i)
    ExposeCopies(copies_[i], result.timings[i]);
  return result;
}

}  // namespace lockstep
