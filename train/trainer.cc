#include "train/trainer.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <unistd.h>

#include <cstdio>
#include <limits>
#include <memory>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tools/cli/command_line.h"
#include "tools/cli/exit_code.h"
#include "train/agreement.h"
#include "train/batch.h"
#include "train/comm_baseline.h"
#include "train/launch/stop_signal.h"
#include "train/model_file.h"
#include "train/net_values.h"
#include "train/optim/weight_average.h"
#include "train/output_dir.h"
#include "train/rank_end.h"
#include "train/session.h"
#include "train/step_timing_codec.h"
#include "train/tensor_memory.h"
#include "train/training_state.h"
#include "train/wire_type.h"
#include "train/without_exceptions.h"

namespace lockstep {
namespace {

// Test images a forward pass; does not change the result.
constexpr int64_t kEvaluationBatch = 100;

// One rank's way through a run.
class RankRun {
 public:
  RankRun(const TrainOptions& options, const LaunchInfo& launch)
      : s_(options, launch) {}

  absl::Status Run() {
    absl::Status status = WithoutExceptions([&] { return Prepare(); });
    if (status.ok()) status = WithoutExceptions([&] { return Train(); });
    orderly_ = status.ok() || absl::IsCancelled(status) || IsAgreed(status);
    if (s_.peers != nullptr && !orderly_) {
      status = s_.peers->Settle(status);
      if (const auto verdict = s_.peers->verdict()) EndRecordOfRank0(*verdict);
    }
    if (s_.report != nullptr) {
      const absl::Status end =
          s_.report->End(status, position_.steps, checksum_);
      if (status.ok()) status = end;
    }
    if (s_.peers != nullptr && orderly_) s_.peers->Leave();
    return status;
  }

  // Whether the process must end without destructors: collectives that will
  // never end are still under way.
  bool must_exit() const { return s_.peers != nullptr && !orderly_; }

 private:
  absl::Status Prepare() {
    const absl::Status status =
        s_.Prepare([this](const Verdict& verdict) { LastWords(verdict); });
    position_ = s_.resume.checkpoint.position;
    prepared_ = status.ok();
    return status;
  }

  // Bad input, which no rank can use, is no rank's failure.
  bool IsAgreed(const absl::Status& status) const {
    return !prepared_ && ExitCodeFor(status) == kExitUsage;
  }

  absl::Status Train() {
    absl::Status status = Baseline();
    while (status.ok() && position_.epoch < s_.options.epochs &&
           (steps_left() > 0 || position_.images_done > 0))
      status = OneEpoch();
    return status.ok() ? Finish() : status;
  }

  absl::Status Baseline() {
    if (!s_.options.comm_baseline || s_.reducer == nullptr)
      return absl::OkStatus();
    const auto rows = MeasureCommBaseline(
        *s_.comm(), BaselineSizes(s_.reducer->plan()),
        WireType(s_.options.gradient_dtype), s_.comm()->device());
    if (!rows.ok()) return rows.status();
    if (s_.report != nullptr) {
      const absl::Status status = s_.report->CommBaseline(*rows);
      if (!status.ok()) return status;
    }
    return CheckBaseline(*rows);
  }

  int64_t steps_left() const {
    return s_.options.max_steps == 0 ? std::numeric_limits<int64_t>::max()
                                     : s_.options.max_steps - position_.steps;
  }

  bool EvaluatesAfter(int64_t epoch) const {
    const int every = s_.options.eval_every;
    return epoch + 1 == s_.options.epochs || steps_left() <= 0 ||
           (every > 0 && (epoch + 1) % every == 0);
  }

  // What is left of the epoch that position_ is in, then its evaluation.
  absl::Status OneEpoch() {
    const EpochPart part = {position_.epoch, position_.images_done,
                            position_.steps, steps_left()};
    absl::Status status = StartTogether(part);
    if (!status.ok()) return status;
    auto result = s_.loop->Run(part);
    if (!result.ok()) return result.status();
    EpochFacts facts;
    facts.epoch = part.epoch;
    facts.first_step = part.first_step;
    status = Advance(*result, facts);
    facts.unfinished = result->stopped;
    if (status.ok() && !facts.unfinished && EvaluatesAfter(facts.epoch))
      status = EvaluateInto(facts);
    if (status.ok()) status = Report(facts, result->timings);
    if (!status.ok()) return status;
    return facts.unfinished ? Stop() : NextEpoch();
  }

  // Ranks start an epoch together, so that its time is one time, and agree on
  // its steps and on whether to stop before it.
  absl::Status StartTogether(const EpochPart& part) {
    if (s_.peers == nullptr) return StopRequested() ? Stop() : absl::OkStatus();
    const std::string mine =
        absl::StrCat(StopRequested() ? "stop" : "go", s_.loop->StepsIn(part));
    const auto all = s_.comm()->AllGather(mine);
    if (!all.ok()) return all.status();
    for (const std::string& one : *all)
      if (absl::StartsWith(one, "stop")) return Stop();
    for (int r = 1; r < s_.launch.world_size; ++r)
      if ((*all)[r] != (*all)[0])
        return absl::InternalError(absl::StrCat(
            "rank ", r, " would take another number of steps than rank 0"));
    return absl::OkStatus();
  }

  // Counts what the loop did.
  absl::Status Advance(EpochResult& result, EpochFacts& facts) {
    s_.train_score += result.train;
    position_.images_done = result.done;
    position_.steps += result.timings.size();
    if (!result.timings.empty())
      position_.elapsed_s +=
          (result.timings.back().end_ns - result.timings.front().begin_ns) *
          1e-9;
    const auto train = SumOverRanks(s_.train_score, s_.comm());
    if (!train.ok()) return train.status();
    facts.train_loss_sum = train->loss_sum;
    facts.train_correct = train->correct;
    facts.train_images = train->images;
    facts.images_per_step = std::move(result.images_per_step);
    facts.batch_size = s_.options.BatchSizeAt(facts.epoch);
    facts.learning_rate = result.learning_rate;
    facts.elapsed_s = position_.elapsed_s;
    // Where a run goes on is a warm-up like its beginning.
    facts.warm_up =
        facts.epoch < s_.options.measure_epoch ||
        (s_.resume.found && facts.epoch == s_.resume.checkpoint.position.epoch);
    if (plan_written_ || result.timings.empty()) return absl::OkStatus();
    plan_written_ = true;  // the reducer rebuilt its buckets in its first step
    return s_.WritePlan(facts.first_step + 1);
  }

  absl::Status NextEpoch() {
    ++position_.epoch;
    position_.images_done = 0;
    s_.train_score = {};
    const bool due =
        s_.options.checkpoint_every > 0 &&
        (position_.epoch % s_.options.checkpoint_every == 0 ||
         position_.epoch == s_.options.epochs || steps_left() <= 0);
    return due ? SaveCheckpoint() : absl::OkStatus();
  }

  // All ranks have agreed to stop here.
  absl::Status Stop() {
    const absl::Status status = SaveCheckpoint();
    if (!status.ok()) return status;
    if (s_.is_first()) {
      std::printf(
          "[STOP] epoch %d step %d | checkpoint %s | go on with --resume\n",
          static_cast<int>(position_.epoch), static_cast<int>(position_.steps),
          CheckpointPath(CheckpointFolder(s_.directory), position_.steps)
              .c_str());
    }
    return absl::CancelledError("");
  }

  absl::Status SaveCheckpoint() {
    Checkpoint checkpoint;
    checkpoint.rank_states = {RankState(s_.OwnState(), s_.train_score)};
    if (s_.peers != nullptr) {
      auto states = s_.comm()->AllGather(checkpoint.rank_states[0]);
      if (!states.ok()) return states.status();
      checkpoint.rank_states = *std::move(states);
    }
    absl::Status status;
    if (s_.is_first()) status = WriteCheckpointOf(std::move(checkpoint));
    return s_.peers == nullptr ? status : AgreeOnStatus(*s_.comm(), status);
  }

  absl::Status WriteCheckpointOf(Checkpoint checkpoint) {
    checkpoint.position = position_;
    checkpoint.world_size = s_.launch.world_size;
    checkpoint.run_id = s_.report->run_id();
    checkpoint.log_csv = s_.report->log_csv();
    checkpoint.flags = GroupedFlagValues();
    checkpoint.tensors = BytesOf(s_.net->parameters());
    checkpoint.tensors.merge(BytesOf(s_.SharedState()));
    if (s_.reducer != nullptr) checkpoint.gradient_order = s_.reducer->order();
    return WriteCheckpoint(CheckpointFolder(s_.directory), checkpoint);
  }

  // Rank 0's running statistics for all ranks. Training never reads them, so
  // doing this before they are used equals PyTorch's broadcast before every
  // forward.
  absl::Status ShareBatchNorm() {
    if (s_.peers == nullptr || s_.options.batch_norm != "broadcast")
      return absl::OkStatus();
    return BroadcastTensors(*s_.comm(), s_.net->buffers());
  }

  absl::Status EvaluateInto(EpochFacts& facts) {
    const int64_t begin = SteadyNanoseconds();
    const UseAverage averaged(s_.average.get());
    const absl::Status status = ShareBatchNorm();
    if (!status.ok()) return status;
    const auto test = Evaluate(
        *s_.net, s_.data.test, kEvaluationBatch, s_.comm(),
        [this] {
          s_.Observe("evaluation", position_.steps);
          return !StopRequested();
        },
        s_.options.tta == "flip" ? Tta::kFlip : Tta::kNone);
    if (!test.ok()) return test.status();
    // Some rank was asked to stop: the evaluation is done after the resume.
    facts.unfinished = test->images < static_cast<int64_t>(s_.data.test.size());
    if (facts.unfinished) return absl::OkStatus();
    facts.evaluated = true;
    facts.tta = s_.options.tta;
    facts.test_loss_sum = test->loss_sum;
    facts.test_correct = test->correct;
    facts.test_images = test->images;
    facts.evaluation_s = (SteadyNanoseconds() - begin) * 1e-9;
    return absl::OkStatus();
  }

  // Gathers the epoch's timings; rank 0 records and prints.
  absl::Status Report(const EpochFacts& facts,
                      const std::vector<StepTiming>& mine) {
    std::vector<std::vector<StepTiming>> timings = {mine};
    if (s_.peers != nullptr) {
      const auto encoded = s_.comm()->AllGather(EncodeTimings(mine));
      if (!encoded.ok()) return encoded.status();
      timings.clear();
      for (const std::string& bytes : *encoded) {
        auto steps = DecodeTimings(bytes);
        if (!steps.ok()) return steps.status();
        timings.push_back(*std::move(steps));
      }
    }
    return s_.is_first() ? s_.report->Epoch(facts, timings) : absl::OkStatus();
  }

  // Of the parameters and, if kept, of their averages.
  std::string WeightsChecksum() const {
    std::vector<NamedTensor> weights = s_.net->parameters();
    if (s_.average != nullptr)
      weights.insert(weights.end(), s_.average->state().begin(),
                     s_.average->state().end());
    return Checksum(weights);
  }

  // Every rank must hold the same parameters, bit for bit; then they are kept.
  absl::Status Finish() {
    if (s_.options.twin != "none") return absl::OkStatus();
    checksum_ = WeightsChecksum();
    if (s_.peers != nullptr) {
      const auto all = s_.comm()->AllGather(checksum_);
      if (!all.ok()) return all.status();
      for (int r = 0; r < s_.launch.world_size; ++r)
        if ((*all)[r] != (*all)[0])
          return absl::InternalError(
              absl::StrCat("rank ", r,
                           " ends with other parameters than rank "
                           "0; do all hosts have the same CPUs?"));
    }
    if (!s_.is_first()) return absl::OkStatus();
    std::printf(
        "[CHECK] parameters of %d rank%s are bit-identical | crc32c=%s\n",
        s_.launch.world_size, s_.launch.world_size == 1 ? "" : "s",
        checksum_.c_str());
    const UseAverage averaged(s_.average.get());
    const absl::Status status =
        ExportChecked(*s_.net, s_.directory + "/model.onnx", s_.data.test);
    if (status.ok())
      std::printf("[FILES] %s: run.rec log.csv model.onnx\n",
                  s_.directory.c_str());
    return status;
  }

  // On the lifeline's thread: the training thread hangs.
  void LastWords(const Verdict& verdict) {
    if (s_.report != nullptr)
      std::ignore = s_.report->End(absl::UnavailableError(verdict.cause),
                                   position_.steps, "");
    EndRecordOfRank0(verdict);
  }

  // The record of a rank 0 that was killed gets its end from rank 1, where that
  // sees the file.
  void EndRecordOfRank0(const Verdict& verdict) {
    if (verdict.rank == 0 && s_.launch.rank == 1 && !s_.directory.empty())
      std::ignore =
          AppendFailure(NewestRecordPath(s_.directory), verdict.cause);
  }

  Session s_;
  TrainingPosition position_;
  std::string checksum_;
  bool prepared_ = false;
  bool plan_written_ = false;
  bool orderly_ = true;
};

}  // namespace

absl::Status RunRank(const TrainOptions& options, const LaunchInfo& launch) {
  ReuseTensorMemory();
  at::set_num_threads(ThreadsPerRank(options, launch));
  RankRun run(options, launch);
  const absl::Status status = SpokenByRank(launch, run.Run());
  if (run.must_exit()) ExitAtOnce(status);
  return status;
}

}  // namespace lockstep
