// Training on a GPU: batches, steps that are queued and replayed, their times.
// The same loop runs on the CPU, the reference.

#include <ATen/Context.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>
#include <c10/cuda/CUDAFunctions.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <numeric>
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <utility>
#include <vector>

#include "data/counter_random.h"
#include "gtest/gtest.h"
#include "train/cpu_device.h"
#include "train/cuda/cuda_device.h"
#include "train/cuda/cuda_step_runner.h"
#include "train/cuda/device_batches.h"
#include "train/epoch_loop.h"
#include "train/master_weights.h"
#include "train/model/net.h"
#include "train/optim/sgd.h"

namespace lockstep {
namespace {

constexpr int kImages = 200;
constexpr int kBatch = 12;  // 16 full steps an epoch and one of 8 images
constexpr int kSteps = (kImages + kBatch - 1) / kBatch;

const ImageSet& Images() {
  static const ImageSet* const set = [] {
    auto* images = new ImageSet;
    CounterRandom random(1, 2, 3);
    for (int i = 0; i < kImages; ++i) {
      images->labels.push_back(random.Below(kCifarClasses));
      for (size_t p = 0; p < kCifarPixels; ++p)
        images->pixels.push_back(random.Below(256));
    }
    return images;
  }();
  return *set;
}

// The GPU, opened once; null where there is none.
Device* Gpu() {
  static Device* const gpu = [] {
    auto opened = OpenCudaDevice(0);
    if (!opened.ok()) std::cout << opened.status() << "\n";
    // The same algorithms each time: results can be compared bit for bit.
    if (opened.ok()) {
      at::globalContext().setBenchmarkCuDNN(false);
      at::globalContext().setDeterministicCuDNN(true);
    }
    return opened.ok() ? opened->release() : nullptr;
  }();
  return gpu;
}

struct How {
  const char* net = "lenet";
  at::ScalarType type = at::kFloat;
  bool graph = false;
  bool nccl = false;  // a reducer over a group of one
  int accumulate = 1;
  int epochs = 2;
};

struct Outcome {
  std::vector<at::Tensor> parameters;  // on the CPU
  std::vector<EpochResult> epochs;
  int64_t replays = 0;
  int64_t begin_ns = 0, end_ns = 0;
};

TrainOptions Options(const How& how) {
  TrainOptions options = {};
  options.batch_size = kBatch;
  options.accumulate = how.accumulate;
  options.label_smoothing = 0.1;
  return options;
}

Outcome Train(Device& device, const How& how) {
  const TrainOptions options = Options(how);
  Net net(*MakeNetSpec(how.net),
          {7, true, at::kFloat, nullptr, device.place()});
  const bool narrow = how.type != at::kFloat;
  Net working = narrow ? net.InType(how.type) : net;
  std::unique_ptr<MasterWeights> masters;
  if (narrow) masters = std::make_unique<MasterWeights>(net, working);
  Sgd optimizer(net.parameters(), {});
  std::unique_ptr<Communicator> comm;
  std::unique_ptr<Reducer> reducer;
  if (how.nccl) {
    auto connected = device.Connect({});
    EXPECT_TRUE(connected.ok()) << connected.status();
    comm = *std::move(connected);
    ReducerOptions with;
    with.caps = {1, 20000};
    with.reduce = device.BucketReduce();
    reducer = std::make_unique<Reducer>(working.parameters(), *comm, with);
    EXPECT_EQ(reducer->Start(), absl::OkStatus());
  }
  BatchOptions batch_options;
  batch_options.cutout = 8;
  batch_options.type = how.type;
  const auto batches = device.Batches(Images(), batch_options);
  auto runner =
      device.Runner({reducer.get(), comm.get(), how.accumulate, how.graph});
  EXPECT_TRUE(runner.ok()) << runner.status();
  ShardedSampler::Options shard;
  shard.images = kImages;
  shard.batch_size = kBatch;
  LearningRateOptions rate;
  rate.rate = 0.02;
  rate.schedule = "cosine";
  rate.epochs = how.epochs;
  EpochLoop::Parts parts = {*batches, working, optimizer, **runner};
  parts.masters = masters.get();
  parts.reducer = reducer.get();
  EpochLoop loop(options, parts, shard, rate);
  Outcome outcome;
  outcome.begin_ns = SteadyNanoseconds();
  int64_t step = 0;
  for (int epoch = 0; epoch < how.epochs; ++epoch) {
    auto result = loop.Run({epoch, 0, step, 1000});
    EXPECT_TRUE(result.ok()) << result.status();
    if (!result.ok()) break;
    step += result->timings.size();
    outcome.epochs.push_back(*std::move(result));
  }
  outcome.end_ns = SteadyNanoseconds();
  if (auto* cuda = dynamic_cast<CudaStepRunner*>(runner->get()))
    outcome.replays = cuda->replays();
  for (const NamedTensor& p : net.parameters())
    outcome.parameters.push_back(p.tensor.detach().cpu());
  return outcome;
}

void ExpectSameBits(const Outcome& a, const Outcome& b) {
  ASSERT_EQ(a.parameters.size(), b.parameters.size());
  for (size_t i = 0; i < a.parameters.size(); ++i)
    EXPECT_TRUE(at::equal(a.parameters[i], b.parameters[i])) << i;
  ASSERT_EQ(a.epochs.size(), b.epochs.size());
  for (size_t e = 0; e < a.epochs.size(); ++e) {
    EXPECT_EQ(a.epochs[e].train.loss_sum, b.epochs[e].train.loss_sum) << e;
    EXPECT_EQ(a.epochs[e].train.correct, b.epochs[e].train.correct) << e;
  }
}

class CudaTraining : public ::testing::Test {
 protected:
  void SetUp() override {
    if (Gpu() != nullptr) return;
    std::cout << "\nSKIPPED: no GPU\n";
    GTEST_SKIP() << "no GPU";
  }
};

TEST_F(CudaTraining, BatchesEqualTheCpus) {
  std::vector<uint32_t> first(40), second(9);
  std::iota(first.begin(), first.end(), 100);
  std::iota(second.begin(), second.end(), 5);
  for (const bool augment : {false, true}) {
    for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
      BatchOptions options;
      options.augment = augment;
      options.cutout = 8;
      options.type = type;
      const auto expected = CpuDevice().Batches(Images(), options);
      const auto made = Gpu()->Batches(Images(), options);
      for (int64_t epoch = 0; epoch < 2; ++epoch) {
        expected->StartEpoch(epoch, {first, second});
        made->StartEpoch(epoch, {first, second});
        for (int pass = 0; pass < 2; ++pass) {
          const Batch want = expected->Next(), got = made->Next();
          EXPECT_TRUE(at::equal(got.labels.cpu(), want.labels));
          EXPECT_TRUE(at::equal(got.images.cpu(), want.images.to(type)));
        }
      }
    }
  }
}

// The device's work is the same, so the bits are; also of what is reported.
TEST_F(CudaTraining, ReplayedStepsEqualQueuedOnes) {
  for (How how : {How{"lenet"}, How{"resnet20"}, How{"resnet20", at::kBFloat16},
                  How{"resnet20", at::kBFloat16, false, true},
                  How{"lenet", at::kFloat, false, true, 2}}) {
    how.graph = false;
    const Outcome queued = Train(*Gpu(), how);
    EXPECT_EQ(queued.replays, 0);
    how.graph = true;
    const Outcome replayed = Train(*Gpu(), how);
    EXPECT_GT(replayed.replays, how.accumulate == 1 ? kSteps / 2 : 0)
        << how.net;
    ExpectSameBits(queued, replayed);
  }
}

// Loss of the first epoch on CPU and GPU: fp32 sums in another order are off by
// 1e-6 of themselves, and 17 steps of rate 0.02 make that a hundred times more;
// a wrong batch, label or gradient shows in the first digit.
TEST_F(CudaTraining, FollowsTheCpu) {
  CpuDevice cpu;
  How how;
  how.epochs = 1;
  const Outcome expected = Train(cpu, how);
  how.graph = true;
  const Outcome actual = Train(*Gpu(), how);
  ASSERT_EQ(actual.epochs.size(), 1);
  const double loss = expected.epochs[0].train.loss_sum;
  EXPECT_NEAR(actual.epochs[0].train.loss_sum, loss, 1e-3 * loss);
  EXPECT_EQ(actual.epochs[0].train.images, kImages);
}

TEST_F(CudaTraining, MomentsAreInOrderAndWithinTheRun) {
  for (const bool graph : {false, true}) {
    How how;
    how.graph = graph;
    how.nccl = true;
    const Outcome run = Train(*Gpu(), how);
    // Comparing the clocks takes some microseconds.
    const int64_t error_ns = 1'000'000;
    int64_t before = run.begin_ns - error_ns;
    for (const EpochResult& epoch : run.epochs) {
      ASSERT_EQ(epoch.timings.size(), kSteps);
      for (const StepTiming& t : epoch.timings) {
        EXPECT_LE(before, t.begin_ns);
        EXPECT_LE(t.begin_ns, t.data_ns);
        EXPECT_LE(t.data_ns, t.forward_ns);
        EXPECT_LE(t.forward_ns, t.backward_ns);
        EXPECT_LE(t.backward_ns, t.comm_ns);
        EXPECT_LE(t.comm_ns, t.optimizer_ns);
        EXPECT_LE(t.optimizer_ns, t.end_ns);
        EXPECT_GE(t.buckets.size(), 2);
        for (const BucketInterval& bucket : t.buckets) {
          EXPECT_LE(t.begin_ns, bucket.ready_ns);
          EXPECT_LE(bucket.ready_ns, bucket.start_ns);
          EXPECT_LE(bucket.start_ns, bucket.end_ns);
          EXPECT_LE(bucket.end_ns, t.comm_ns);
        }
        before = t.end_ns;
      }
      // Epochs are timed by comparisons of their own.
      before -= error_ns;
    }
    EXPECT_LE(before, run.end_ns + error_ns);
  }
}

// What cannot be recorded is named, and training goes on without.
TEST_F(CudaTraining, AStepThatWaitsForTheDeviceIsNotRecorded) {
  auto runner = Gpu()->Runner({nullptr, nullptr, 1, true});
  ASSERT_TRUE(runner.ok()) << runner.status();
  const at::Tensor report =
      at::zeros({kReportSize}, at::device(at::kCUDA).dtype(at::kDouble));
  ASSERT_EQ((*runner)->StartEpoch(report), absl::OkStatus());
  ::testing::internal::CaptureStderr();
  int64_t reports = 0;
  for (int step = 0; step < kWarmUpSteps + 5; ++step) {
    const auto due = (*runner)->Run({{1}, {1}, 1}, [&] {
      for (int i = 0; i < MarksOf(1); ++i) (*runner)->Mark();
      report[0].add_(1);
      EXPECT_GE(report[0].item<double>(), 0);  // waits
      return absl::OkStatus();
    });
    ASSERT_TRUE(due.ok()) << due.status();
    for (const StepReport& one : *due) EXPECT_EQ(one.loss_sum, ++reports);
  }
  const auto rest = (*runner)->Finish();
  ASSERT_TRUE(rest.ok()) << rest.status();
  for (const StepReport& one : *rest) EXPECT_EQ(one.loss_sum, ++reports);
  EXPECT_EQ(reports, kWarmUpSteps + 5);
  EXPECT_EQ((*runner)->TakeTimings().size(), kWarmUpSteps + 5);
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("not recorded"),
            std::string::npos);
}

}  // namespace
}  // namespace lockstep
