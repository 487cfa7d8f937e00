#include "train/measure_cost.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/randn.h>

#include <memory>
#include <thread>
#include <torch/csrc/distributed/c10d/HashStore.hpp>

#include "train/comm/gloo_communicator.h"
#include "train/launch/launch.h"
#include "train/lifeline/lifeline.h"
#include "train/lifeline/server.h"
#include "train/model/net.h"
#include "train/optim/sgd.h"
#include "train/options.h"
#include "train/recorder.h"
#include "train/reducer.h"
#include "train/step_timing.h"
#include "train/step_timing_codec.h"
#include "train/without_exceptions.h"

namespace lockstep {
namespace {

// Stamps of a step beside its buckets', and ticks, as EpochLoop::Step() has
// them; a bucket is stamped when it is ready, handed over and over.
constexpr int kStepStamps = 10, kBucketStamps = 4;
constexpr const char* kPhases[] = {"data", "forward", "backward",
                                   "communication", "optimiser"};
constexpr char kNonce[] = "measure-cost";

double Microseconds(int64_t ns) { return ns * 1e-3; }

// The compiler must believe that somebody looks.
void Look(int64_t value) { asm volatile("" : : "r"(value) : "memory"); }

// The lifeline and the record of rank 0.
class Measuring {
 public:
  absl::Status Open(const MeasureCostOptions& options) {
    LifelineServer::Options serving;
    serving.world_size = 1;
    serving.host = "localhost";
    serving.nonce = kNonce;
    auto server = LifelineServer::Start("127.0.0.1", serving);
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    Lifeline::Options joining;
    joining.self = {0, "localhost", 0};
    joining.nonce = kNonce;
    auto lifeline =
        Lifeline::Connect("127.0.0.1", server_->port(), std::move(joining));
    if (!lifeline.ok()) return lifeline.status();
    lifeline_ = *std::move(lifeline);
    LaunchInfo launch;
    launch.world_size = world_size_ = options.world_size;
    const auto flags = OptionsFromFlags();
    if (!flags.ok()) return flags.status();
    auto recorder =
        Recorder::Create(options.record_path, *flags, launch, RunFacts());
    if (!recorder.ok()) return recorder.status();
    recorder_ = *std::move(recorder);
    return absl::OkStatus();
  }

  // All of it once more, for the step that `reducer` has just finished.
  absl::Status Again(const Reducer& reducer, int64_t step) {
    StepTiming timing;
    timing.buckets = reducer.Timings();
    const size_t stamps = kStepStamps + kBucketStamps * timing.buckets.size();
    for (size_t i = 0; i < stamps; ++i) Look(SteadyNanoseconds());
    for (const char* phase : kPhases) lifeline_->Tick(phase, step);
    timing.end_ns = SteadyNanoseconds();
    return Record(timing, step);
  }

 private:
  // An epoch of one step, which has a larger share of the epoch's own frame
  // than a step of a long one.
  absl::Status Record(const StepTiming& timing, int64_t step) {
    std::vector<std::vector<StepTiming>> ranks;
    const std::string bytes = EncodeTimings({timing});
    for (int r = 0; r < world_size_; ++r) {
      auto steps = DecodeTimings(bytes);
      if (!steps.ok()) return steps.status();
      ranks.push_back(*std::move(steps));
    }
    EpochFacts facts;
    facts.first_step = step;
    facts.images_per_step = {1};
    return recorder_->WriteEpoch(facts, ranks).status();
  }

  std::unique_ptr<LifelineServer> server_;
  std::unique_ptr<Lifeline> lifeline_;
  std::unique_ptr<Recorder> recorder_;
  int world_size_ = 1;
};

// One rank's training on one batch, again and again.
class Rank {
 public:
  Rank(Communicator& comm, const NetSpec& spec, int batch_size)
      : comm_(comm),
        net_(spec, NetOptions()),
        optimizer_(net_.parameters(), OptimizerOptions()),
        reducer_(net_.parameters(), comm, ReducerOptions()),
        images_(at::randn({batch_size, 3, 32, 32})),
        labels_(at::arange(batch_size, at::kLong).remainder(10)) {}

  absl::Status Start() { return reducer_.Start(); }

  absl::Status Step() {
    reducer_.PrepareStep({1.0 / comm_.world_size()});
    at::cross_entropy_loss(net_.Forward(images_, Mode::kTrain), labels_)
        .backward();
    const absl::Status status = reducer_.Finish();
    // Small, or the same batch soon makes zeros of all gradients.
    if (status.ok()) optimizer_.Step(1e-4);
    return status;
  }

  const Reducer& reducer() const { return reducer_; }

 private:
  Communicator& comm_;
  Net net_;
  Sgd optimizer_;
  Reducer reducer_;
  const at::Tensor images_, labels_;
};

// `measuring` null: a rank that only keeps rank 0 company.
absl::Status TakeSteps(Communicator& comm, const NetSpec& spec,
                       const MeasureCostOptions& options, Measuring* measuring,
                       MeasureCost& cost) {
  at::set_num_threads(1);
  Rank rank(comm, spec, options.batch_size);
  absl::Status status = rank.Start();
  for (int i = -options.warmup; i < 2 * options.pairs && status.ok(); ++i) {
    const bool is_double = i >= 0 && i % 2 != 0;
    status = comm.Barrier();
    if (!status.ok()) break;
    const int64_t begin_ns = SteadyNanoseconds();
    status = rank.Step();
    const int64_t step_ns = SteadyNanoseconds();
    if (measuring == nullptr || i < 0 || !status.ok()) continue;
    // The first measuring, which a trainer's step has anyway.
    const auto timings = rank.reducer().Timings();
    Look(timings.size());
    if (is_double) status = measuring->Again(rank.reducer(), i);
    const int64_t end_ns = SteadyNanoseconds();
    (is_double ? cost.double_us : cost.single_us)
        .push_back(Microseconds(end_ns - begin_ns));
    if (is_double) cost.measuring_us.push_back(Microseconds(end_ns - step_ns));
  }
  return status;
}

}  // namespace

absl::StatusOr<MeasureCost> MeasureMeasuring(
    const MeasureCostOptions& options) {
  const auto spec = MakeNetSpec(options.model);
  if (!spec.ok()) return spec.status();
  Measuring measuring;
  const absl::Status opened = measuring.Open(options);
  if (!opened.ok()) return opened;
  MeasureCost cost;
  std::vector<absl::Status> statuses(options.world_size);
  std::vector<std::thread> threads;
  const auto store = c10::make_intrusive<c10d::HashStore>();
  for (int r = 0; r < options.world_size; ++r)
    threads.emplace_back([&, r] {
      statuses[r] = WithoutExceptions([&]() -> absl::Status {
        GlooOptions gloo;
        gloo.rank = r;
        gloo.world_size = options.world_size;
        const auto comm = MakeGlooCommunicator(store, gloo);
        if (!comm.ok()) return comm.status();
        return TakeSteps(**comm, *spec, options, r == 0 ? &measuring : nullptr,
                         cost);
      });
    });
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : statuses)
    if (!status.ok()) return status;
  return cost;
}

}  // namespace lockstep
