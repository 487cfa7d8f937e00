#include "train/session.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/cli/command_line.h"
#include "tools/cli/machine.h"
#include "train/agreement.h"
#include "train/bucket_tuner.h"
#include "train/launch/stop_signal.h"
#include "train/open_device.h"
#include "train/optim/make_optimizer.h"
#include "train/output_dir.h"
#include "train/precision.h"
#include "train/training_state.h"
#include "train/wire_type.h"

namespace lockstep {
namespace {

LastBatch LastBatchPolicy(const std::string& name) {
  if (name == "pad") return LastBatch::kPad;
  return name == "drop" ? LastBatch::kDrop : LastBatch::kUneven;
}

void Append(const std::vector<NamedTensor>& more,
            std::vector<NamedTensor>& tensors) {
  tensors.insert(tensors.end(), more.begin(), more.end());
}

absl::StatusOr<NetSpec> SpecOf(const TrainOptions& options) {
  auto spec = MakeNetSpec(options.model);
  if (spec.ok() && options.batch_norm == "none") return WithoutBatchNorm(*spec);
  return spec;
}

}  // namespace

absl::Status Session::Prepare(LastWords last_words) {
  absl::Status status = Connect(std::move(last_words));
  if (!status.ok()) return status;
  status = PrepareInputs();
  // Connected first, so that a rank with bad input ends all ranks at once.
  if (peers != nullptr)
    status = AgreeOnInputs(
        *comm(), status,
        {static_cast<int64_t>(data.train.size()), GroupedFlagValues()});
  if (status.ok()) status = ShareResumePoint();
  if (status.ok()) status = BuildNet();
  if (status.ok()) status = BuildLoop();
  return status.ok() ? StartReport() : status;
}

absl::Status Session::Connect(LastWords last_words) {
  auto found = OpenDevice(options.device, options.backend, launch);
  if (!found.ok()) return found.status();
  device = *std::move(found);
  if (launch.world_size == 1) return absl::OkStatus();
  auto opened = Peers::Open(options, launch, *device, std::move(last_words));
  if (!opened.ok()) return opened.status();
  peers = *std::move(opened);
  return absl::OkStatus();
}

absl::Status Session::Agree(const absl::Status& mine) const {
  return peers == nullptr ? mine : AgreeOnStatus(*comm(), mine);
}

absl::Status Session::PrepareInputs() {
  auto sets = ReadDataSets(options);
  if (!sets.ok()) return sets.status();
  data = *std::move(sets);
  absl::Status status = CheckLastBatch();
  if (!status.ok() || !is_first()) return status;
  const bool goes_on = options.resume || (launch.restart_count > 0 &&
                                          !options.output_dir.empty());
  auto prepared = PrepareOutputDirectory(options, shares(), goes_on);
  if (!prepared.ok()) return prepared.status();
  directory = *std::move(prepared);
  if (!goes_on) return absl::OkStatus();
  auto point =
      FindResumePoint(directory, launch.world_size, GroupedFlagValues());
  if (!point.ok()) return point.status();
  resume = *std::move(point);
  for (const std::string& note : resume.notes)
    std::printf("[RESUME] %s\n", note.c_str());
  return absl::OkStatus();
}

absl::Status Session::CheckLastBatch() const {
  const int64_t images = data.train.size();
  const int64_t step =
      int64_t{options.batch_size} * options.accumulate * shares();
  if (options.last_batch != "drop" || images >= step) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--last_batch=drop leaves no step: a step takes ", step,
                   " images, there are ", images));
}

// Tells all ranks where rank 0 goes on, and where its files are.
absl::Status Session::ShareResumePoint() {
  if (peers == nullptr) return absl::OkStatus();
  std::string mine;
  if (is_first()) {
    Checkpoint small = resume.checkpoint;
    small.tensors.clear();
    mine = absl::StrCat(resume.found ? "1" : "0", directory, "\n",
                        EncodeCheckpoint(small));
  }
  const auto all = comm()->AllGather(mine);
  if (!all.ok()) return all.status();
  if (is_first()) return absl::OkStatus();
  const absl::string_view text = (*all)[0];
  const size_t end = text.find('\n');
  auto checkpoint = DecodeCheckpoint(text.substr(end + 1), "what rank 0 sent");
  if (!checkpoint.ok())
    return absl::InternalError(checkpoint.status().message());
  resume = {text[0] == '1', *std::move(checkpoint), {}};
  directory = std::string(text.substr(1, end - 1));
  return absl::OkStatus();
}

absl::Status Session::BuildNet() {
  const auto spec = SpecOf(options);
  if (!spec.ok()) return spec.status();
  group.comm = comm();
  net = std::make_unique<Net>(
      *spec,
      NetOptions{options.seed, options.channels_last, at::kFloat,
                 SynchronizesBatchNorm() ? &group : nullptr, device->place()});
  auto made = MakeOptimizer(options.optimizer, net->parameters(),
                            options.optimizer_options);
  if (!made.ok()) return made.status();
  optimizer = *std::move(made);
  if (options.ema > 0)
    average = std::make_unique<WeightAverage>(net->parameters(), net->buffers(),
                                              options.ema);
  const at::ScalarType type = TypeOfPrecision(options.precision);
  if (type != at::kFloat) {
    working_net = std::make_unique<Net>(net->InType(type));
    masters = std::make_unique<MasterWeights>(*net, *working_net);
  }
  absl::Status status = Agree(Restore());
  if (status.ok() && masters != nullptr) status = ShareMasters();
  if (options.replicas() > 1)
    replicas = std::make_unique<Replicas>(*net, options.replicas());
  return status.ok() && peers != nullptr ? BuildReducer() : status;
}

// Rank 0's masters for all ranks: the reducer sees the working net only.
absl::Status Session::ShareMasters() {
  absl::Status status;
  if (peers != nullptr) status = BroadcastTensors(*comm(), net->parameters());
  masters->MastersToWeights();
  return status;
}

std::vector<NamedTensor> Session::SharedState() const {
  std::vector<NamedTensor> tensors = optimizer->state();
  if (average != nullptr) Append(average->state(), tensors);
  return tensors;
}

std::vector<NamedTensor> Session::OwnState() const {
  std::vector<NamedTensor> tensors = net->buffers();
  if (average != nullptr) Append(average->rank_state(), tensors);
  return tensors;
}

// From the checkpoint: rank 0 has the tensors, every rank its own state.
absl::Status Session::Restore() {
  if (!resume.found) return absl::OkStatus();
  const Checkpoint& checkpoint = resume.checkpoint;
  if (is_first()) {
    absl::Status status = SetBytes(checkpoint.tensors, net->parameters());
    if (status.ok()) status = SetBytes(checkpoint.tensors, SharedState());
    if (!status.ok()) return status;
  }
  const size_t state =
      checkpoint.world_size == launch.world_size ? launch.rank : 0;
  if (state >= checkpoint.rank_states.size())
    return absl::DataLossError("the checkpoint lacks the state of its ranks");
  const absl::Status status =
      SetRankState(checkpoint.rank_states[state], OwnState(), train_score);
  if (!status.ok() || checkpoint.world_size == launch.world_size) return status;
  return SumOtherRanksScores();
}

// Another world size: rank 0 takes over what all ranks had counted.
absl::Status Session::SumOtherRanksScores() {
  train_score = {};
  for (const std::string& state : resume.checkpoint.rank_states) {
    const auto score = ScoreIn(state);
    if (!score.ok()) return score.status();
    if (is_first()) train_score += *score;
  }
  return absl::OkStatus();
}

// On a batch of the data set; parameters and running statistics stay.
absl::Status Session::TuneBuckets(ReducerOptions& how) {
  std::vector<uint32_t> first(
      std::min<size_t>(options.batch_size, data.train.size()));
  std::iota(first.begin(), first.end(), 0);
  const Batch batch = MakeBatch(data.train, first, nullptr);
  const std::string state = RankState(net->buffers(), {});
  const auto trials =
      TryBucketCaps(*comm(), trained_net().parameters(), how, [&] {
        at::cross_entropy_loss(
            trained_net().Forward(batch.images, Mode::kTrain),
            batch.labels.to(device->place()))
            .backward();
      });
  if (!trials.ok()) return trials.status();
  Score unused;
  const absl::Status status = SetRankState(state, net->buffers(), unused);
  if (!status.ok()) return status;
  const double cap_mib = BestTrial(*trials).cap_mib;
  how.caps.bytes = std::llround(cap_mib * (1 << 20));
  how.caps.first_bytes = std::min(how.caps.first_bytes, how.caps.bytes);
  // The record says what was used.
  SetFlagValue("bucket_cap_mb", absl::StrCat(cap_mib));
  if (is_first()) std::printf("%s\n", TuneLine(*trials).c_str());
  return absl::OkStatus();
}

absl::Status Session::BuildReducer() {
  ReducerOptions how;
  how.caps = options.bucket_caps;
  how.wire = WireType(options.gradient_dtype);
  how.overlap = options.overlap;
  how.communicate = options.twin != "no_sync";
  how.order = resume.checkpoint.gradient_order;
  how.reduce = device->BucketReduce();
  if (options.tune_buckets && !resume.found) {
    const absl::Status status = TuneBuckets(how);
    if (!status.ok()) return status;
  }
  reducer = std::make_unique<Reducer>(trained_net().parameters(), *comm(), how);
  const absl::Status status = reducer->Start();
  return status.ok() ? BroadcastTensors(*comm(), SharedState()) : status;
}

// Synchronised batch norms exchange numbers with the host in every pass.
bool Session::UsesGraphs() const {
  return device->has_graphs() && options.cuda_graph != "off" &&
         !SynchronizesBatchNorm();
}

absl::Status Session::BuildLoop() {
  const bool synthetic = options.twin == "synthetic_data";
  // Nothing is loaded ahead where nothing is loaded.
  batches = device->Batches(data.train,
                            {options.augment, options.seed, options.cutout,
                             synthetic ? 0 : options.num_workers,
                             TypeOfPrecision(options.precision)});
  if (synthetic)
    batches = std::make_unique<SyntheticBatches>(std::move(batches));
  StepRunnerOptions how;
  how.reducer = reducer.get();
  how.comm = comm();
  how.max_passes = options.accumulate;
  how.graph = UsesGraphs();
  how.timeout = options.step_timeout;
  auto made = device->Runner(how);
  if (!made.ok()) return made.status();
  runner = *std::move(made);
  // The record says what was used.
  if (device->has_graphs())
    SetFlagValue("cuda_graph", how.graph ? "on" : "off");
  EpochLoop::Parts parts = {*batches, trained_net(), *optimizer, *runner};
  parts.masters = masters.get();
  parts.average = average.get();
  parts.reducer = reducer.get();
  if (SynchronizesBatchNorm()) parts.group = &group;
  parts.replicas = replicas.get();
  if (peers != nullptr)
    parts.observe = [this](const char* phase, int64_t step) {
      Observe(phase, step);
    };
  ShardedSampler::Options shard;
  shard.images = data.train.size();
  shard.batch_size = options.batch_size;
  shard.world_size = launch.world_size;
  shard.rank = launch.rank;
  shard.seed = options.seed;
  shard.last_batch = LastBatchPolicy(options.last_batch);
  loop = std::make_unique<EpochLoop>(
      options, std::move(parts), shard,
      options.schedule.ForGlobalBatch(1.0 * options.batch_size *
                                      options.accumulate * shares()));
  return absl::OkStatus();
}

void Session::Observe(const char* phase, int64_t step) {
  if (peers == nullptr) return;
  peers->Tick(phase, step);
  if (told_stop_ || StopSignalName().empty()) return;
  told_stop_ = true;
  peers->RequestStop(StopSignalName());
}

absl::Status Session::StartReport() {
  RunFacts facts;
  const DeviceFacts here = device->facts();
  const std::string self =
      DescribeThisRank(launch, ThreadsPerRank(options, launch),
                       peers == nullptr ? ClockOffset{} : peers->clock(),
                       {here.device, here.name});
  facts.ranks = {self};
  if (peers != nullptr) {
    auto ranks = comm()->AllGather(self);
    if (!ranks.ok()) return ranks.status();
    facts.ranks = *std::move(ranks);
    facts.backend = comm()->name();
    facts.gradient_bytes = reducer->gradient_bytes();
  }
  absl::Status status;
  if (is_first()) {
    facts.torch_version = TORCH_VERSION;
    facts.cuda_version = here.cuda;
    facts.nccl_version = here.nccl;
    facts.parameters = ParameterCount(net->spec());
    facts.train_images = data.train.size();
    facts.test_images = data.test.size();
    facts.resumed_run_id = resume.checkpoint.run_id;
    facts.resumed_at_step = resume.checkpoint.position.steps;
    auto started = RunReport::Start(options, launch, facts,
                                    {directory, resume.checkpoint.log_csv});
    status = started.status();
    if (status.ok()) report = *std::move(started);
  }
  status = Agree(status);
  return status.ok() ? WritePlan(resume.checkpoint.position.steps) : status;
}

absl::Status Session::WritePlan(int64_t first_step) {
  if (report == nullptr || reducer == nullptr) return absl::OkStatus();
  return report->BucketPlan(first_step, reducer->plan());
}

int ThreadsPerRank(const TrainOptions& options, const LaunchInfo& launch) {
  if (options.threads > 0) return options.threads;
  int threads = 0;
  const char* omp = std::getenv("OMP_NUM_THREADS");
  if (omp != nullptr && absl::SimpleAtoi(omp, &threads) && threads > 0)
    return threads;
  int cores = UsableCores();
  if (launch.cpus_on_node > 0) cores = std::min(cores, launch.cpus_on_node);
  return std::max(1, cores / (launch.local_world_size * options.replicas()));
}

}  // namespace lockstep
