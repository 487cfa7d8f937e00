#include "train/trainer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <torch/headeronly/version.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tools/cli/command_line.h"
#include "tools/cli/file.h"
#include "tools/cli/machine.h"
#include "train/agreement.h"
#include "train/batch.h"
#include "train/comm/gloo_communicator.h"
#include "train/epoch_loop.h"
#include "train/launch/rendezvous.h"
#include "train/model/net.h"
#include "train/net_values.h"
#include "train/onnx_export.h"
#include "train/recorder.h"
#include "train/reducer.h"
#include "train/run_files.h"

namespace lockstep {
namespace {

// Test images a forward pass; does not change the result.
constexpr int64_t kEvaluationBatch = 100;

// Where runs go that name no --output_dir.
constexpr char kRunsFolder[] = "lockstep_runs";

absl::StatusOr<std::unique_ptr<Communicator>> Connect(
    const TrainOptions& options, const LaunchInfo& launch) {
  RendezvousOptions rendezvous;
  rendezvous.directory = options.rendezvous_dir;
  rendezvous.interface = options.interface;
  rendezvous.timeout = options.init_timeout;
  const auto meeting = Meet(launch, rendezvous);
  if (!meeting.ok()) return meeting.status();
  const auto address = ThisHostAddress(launch, options.interface);
  if (!address.ok()) return address.status();
  GlooOptions gloo;
  gloo.rank = launch.rank;
  gloo.world_size = launch.world_size;
  gloo.address = *address;
  gloo.timeout = options.step_timeout;
  return MakeGlooCommunicator(meeting->store, gloo);
}

// What `work` returns, or the first line of the exception that torch throws
// when it runs out of memory or meets a shape it does not like.
template <typename Work>
absl::Status WithoutExceptions(const Work& work) {
  try {
    return work();
  } catch (const std::exception& error) {
    const std::string text = error.what();
    return absl::InternalError(text.substr(0, text.find('\n')));
  }
}

// All of one rank's run; the members live until its end.
class RankRun {
 public:
  RankRun(const TrainOptions& options, const LaunchInfo& launch)
      : options_(options), launch_(launch) {}

  absl::Status Run() {
    absl::Status status = Prepare();
    if (!status.ok()) return status;
    status = WithoutExceptions([&] { return Train(); });
    if (recorder_ != nullptr) {
      const absl::Status end =
          recorder_->WriteEnd(status, steps_done_, checksum_);
      if (status.ok()) status = end;
    }
    if (status.ok() && comm_ != nullptr) status = comm_->Barrier();
    return status;
  }

 private:
  bool is_first() const { return launch_.rank == 0; }

  absl::Status Prepare() {
    if (launch_.world_size > 1) {
      auto comm = Connect(options_, launch_);
      if (!comm.ok()) return comm.status();
      comm_ = *std::move(comm);
    }
    absl::Status status = PrepareInputs();
    // Connected first, so that a rank with bad input ends all ranks at once.
    if (comm_ != nullptr)
      status = AgreeOnInputs(*comm_, status, data_.train.size());
    return status.ok() ? BuildNet() : status;
  }

  absl::Status PrepareInputs() {
    auto data = ReadDataSets(options_);
    if (!data.ok()) return data.status();
    data_ = *std::move(data);
    if (!is_first()) return absl::OkStatus();
    auto directory = PrepareOutputDirectory(options_, launch_.world_size);
    if (directory.ok()) directory_ = *directory;
    return directory.status();
  }

  absl::Status BuildNet() {
    const auto spec = MakeNetSpec(options_.model);
    if (!spec.ok()) return spec.status();
    net_ = std::make_unique<Net>(*spec, options_.seed, options_.channels_last);
    if (comm_ != nullptr) {
      reducer_ = std::make_unique<Reducer>(net_->parameters(), *comm_,
                                           options_.bucket_caps);
      const absl::Status status = reducer_->Start();
      if (!status.ok()) return status;
    }
    loop_ = std::make_unique<EpochLoop>(
        options_, data_.train, *net_, reducer_.get(),
        ShardedSampler::Options{static_cast<int64_t>(data_.train.size()),
                                options_.batch_size, launch_.world_size,
                                launch_.rank, options_.seed});
    return StartRecord();
  }

  absl::Status StartRecord() {
    RunFacts facts;
    const std::string self =
        DescribeThisRank(launch_, ThreadsPerRank(options_, launch_));
    facts.ranks = {self};
    if (comm_ != nullptr) {
      auto ranks = comm_->AllGather(self);
      if (!ranks.ok()) return ranks.status();
      facts.ranks = *std::move(ranks);
      facts.backend = comm_->name();
      facts.gradient_bytes = reducer_->gradient_bytes();
    }
    if (!is_first()) return absl::OkStatus();
    facts.torch_version = TORCH_VERSION;
    facts.parameters = ParameterCount(net_->spec());
    facts.train_images = data_.train.size();
    facts.test_images = data_.test.size();
    auto recorder =
        Recorder::Create(directory_ + "/run.rec", options_, launch_, facts);
    if (!recorder.ok()) return recorder.status();
    recorder_ = *std::move(recorder);
    csv_ = CsvHeader();
    std::printf("%s\n", ModelLine(options_.model, facts.parameters).c_str());
    std::fflush(stdout);
    return WritePlan(0);
  }

  absl::Status WritePlan(int64_t first_step) {
    if (recorder_ == nullptr || reducer_ == nullptr) return absl::OkStatus();
    return recorder_->WriteBucketPlan(first_step, reducer_->plan());
  }

  absl::Status Train() {
    for (int epoch = 0; epoch < options_.epochs && steps_left() > 0; ++epoch) {
      const absl::Status status = OneEpoch(epoch);
      if (!status.ok()) return status;
    }
    return Finish();
  }

  int64_t steps_left() const {
    return options_.max_steps == 0 ? std::numeric_limits<int64_t>::max()
                                   : options_.max_steps - steps_done_;
  }

  bool EvaluatesAfter(int epoch) const {
    const bool last = epoch + 1 == options_.epochs || steps_left() <= 0;
    return last ||
           (options_.eval_every > 0 && (epoch + 1) % options_.eval_every == 0);
  }

  absl::Status OneEpoch(int epoch) {
    // All ranks start an epoch together, so that its time is one time.
    if (comm_ != nullptr) {
      const absl::Status status = comm_->Barrier();
      if (!status.ok()) return status;
    }
    auto result = loop_->Run(epoch, steps_left());
    if (!result.ok()) return result.status();
    EpochFacts facts;
    facts.epoch = epoch;
    facts.first_step = steps_done_;
    steps_done_ += result->timings.size();
    if (epoch == 0) {  // the reducer has rebuilt its buckets after step 0
      const absl::Status status = WritePlan(1);
      if (!status.ok()) return status;
    }
    const auto train = SumOverRanks(result->train, comm_.get());
    if (!train.ok()) return train.status();
    facts.train_loss_sum = train->loss_sum;
    facts.train_correct = train->correct;
    facts.train_images = train->images;
    facts.images_per_step = std::move(result->images_per_step);
    facts.learning_rate = options_.learning_rate;
    elapsed_s_ +=
        (result->timings.back().end_ns - result->timings.front().begin_ns) *
        1e-9;
    facts.elapsed_s = elapsed_s_;
    if (EvaluatesAfter(epoch)) {
      const absl::Status status = EvaluateInto(facts);
      if (!status.ok()) return status;
    }
    return Report(facts, result->timings);
  }

  // Rank 0's running statistics for all ranks. Training never reads them, so
  // doing this before they are used equals PyTorch's broadcast before every
  // forward.
  absl::Status ShareBatchNorm() {
    if (comm_ == nullptr || options_.batch_norm != "broadcast")
      return absl::OkStatus();
    for (const NamedTensor& buffer : net_->buffers()) {
      const absl::Status status = comm_->Broadcast(buffer.tensor, 0);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status EvaluateInto(EpochFacts& facts) {
    const int64_t begin = SteadyNanoseconds();
    const absl::Status status = ShareBatchNorm();
    if (!status.ok()) return status;
    const auto test =
        Evaluate(*net_, data_.test, kEvaluationBatch, comm_.get());
    if (!test.ok()) return test.status();
    facts.evaluated = true;
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
    if (comm_ != nullptr) {
      const auto encoded = comm_->AllGather(EncodeTimings(mine));
      if (!encoded.ok()) return encoded.status();
      timings.clear();
      for (const std::string& bytes : *encoded) {
        auto steps = DecodeTimings(bytes);
        if (!steps.ok()) return steps.status();
        timings.push_back(*std::move(steps));
      }
    }
    if (!is_first()) return absl::OkStatus();
    const auto times = recorder_->WriteEpoch(facts, timings);
    if (!times.ok()) return times.status();
    std::printf("%s\n%s\n", TimeLine(facts.epoch, *times).c_str(),
                EpochLine(facts).c_str());
    std::fflush(stdout);
    csv_ += CsvLine(options_.model, launch_.world_size, facts);
    return WriteFileAtomically(directory_ + "/log.csv", csv_);
  }

  // Every rank must hold the same parameters, bit for bit; then they are kept.
  absl::Status Finish() {
    checksum_ = ParameterChecksum(*net_);
    if (comm_ != nullptr) {
      const auto all = comm_->AllGather(checksum_);
      if (!all.ok()) return all.status();
      for (int r = 0; r < comm_->world_size(); ++r)
        if ((*all)[r] != (*all)[0])
          return absl::InternalError(
              absl::StrCat("rank ", r,
                           " ends with other parameters than rank "
                           "0; do all hosts have the same CPUs?"));
    }
    if (!is_first()) return absl::OkStatus();
    std::printf(
        "[CHECK] parameters of %d rank%s are bit-identical | crc32c=%s\n",
        launch_.world_size, launch_.world_size == 1 ? "" : "s",
        checksum_.c_str());
    const absl::Status status = Export();
    if (status.ok())
      std::printf("[FILES] %s: run.rec log.csv model.onnx\n",
                  directory_.c_str());
    return status;
  }

  // Writes model.onnx, loads it back and compares its logits.
  absl::Status Export() {
    const std::string path = directory_ + "/model.onnx";
    const absl::Status status =
        WriteFileAtomically(path, EncodeOnnx(net_->spec(), ValuesOf(*net_)));
    if (!status.ok()) return status;
    const auto bytes = ReadFile(path);
    if (!bytes.ok()) return bytes.status();
    const auto loaded = DecodeOnnx(*bytes);
    if (!loaded.ok()) return loaded.status();
    Net copy(loaded->spec, options_.seed + 1, options_.channels_last);
    SetValues(copy, loaded->values);
    const std::vector<uint32_t> first = {0};
    const Batch batch = MakeBatch(data_.test, first, nullptr);
    at::NoGradGuard no_grad;
    if (!at::equal(net_->Forward(batch.images, Mode::kEval),
                   copy.Forward(batch.images, Mode::kEval)))
      return absl::InternalError(
          absl::StrCat(path, " does not give the trained net's logits"));
    return absl::OkStatus();
  }

  const TrainOptions& options_;
  const LaunchInfo& launch_;
  DataSets data_;
  std::string directory_;               // rank 0
  std::unique_ptr<Communicator> comm_;  // null for one rank
  std::unique_ptr<Net> net_;
  std::unique_ptr<Reducer> reducer_;
  std::unique_ptr<EpochLoop> loop_;
  std::unique_ptr<Recorder> recorder_;  // rank 0
  std::string csv_, checksum_;
  int64_t steps_done_ = 0;
  double elapsed_s_ = 0;
};

}  // namespace

int ThreadsPerRank(const TrainOptions& options, const LaunchInfo& launch) {
  if (options.threads > 0) return options.threads;
  int threads = 0;
  const char* omp = std::getenv("OMP_NUM_THREADS");
  if (omp != nullptr && absl::SimpleAtoi(omp, &threads) && threads > 0)
    return threads;
  int cores = UsableCores();
  if (launch.cpus_on_node > 0) cores = std::min(cores, launch.cpus_on_node);
  return std::max(1, cores / launch.local_world_size);
}

absl::Status CheckOutputDirectory(const TrainOptions& options) {
  const std::string path = options.output_dir.empty()
                               ? ResolveUserPath(kRunsFolder)
                               : options.output_dir;
  const absl::Status status = MakeWritableDirectory(path);
  if (!status.ok() || !std::filesystem::exists(path + "/run.rec"))
    return status;
  return absl::AlreadyExistsError(
      absl::StrCat(path,
                   " holds the record of another run, which is never "
                   "overwritten; choose another --output_dir"));
}

absl::StatusOr<std::string> PrepareOutputDirectory(const TrainOptions& options,
                                                   int world_size) {
  const absl::Status status = CheckOutputDirectory(options);
  if (!status.ok()) return status;
  if (!options.output_dir.empty()) return options.output_dir;
  const std::string path = ResolveUserPath(absl::StrFormat(
      "%s/%s-p%d-b%d-%s", kRunsFolder, options.model, world_size,
      options.batch_size,
      absl::FormatTime("%Y%m%d-%H%M%S", absl::Now(), absl::LocalTimeZone())));
  const absl::Status made = MakeWritableDirectory(path);
  if (!made.ok()) return made;
  return path;
}

absl::Status RunRank(const TrainOptions& options, const LaunchInfo& launch) {
  at::set_num_threads(ThreadsPerRank(options, launch));
  const absl::Status status =
      WithoutExceptions([&] { return RankRun(options, launch).Run(); });
  // Without words: another rank has said it.
  if (status.message().empty() || launch.world_size == 1) return status;
  return {status.code(),
          absl::StrCat("rank ", launch.rank, ": ", status.message())};
}

}  // namespace lockstep
