#include "train/replicas.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "gtest/gtest.h"
#include "train/comm/testing_ranks.h"
#include "train/reducer.h"

namespace lockstep {
namespace {

using Gradients = std::vector<at::Tensor>;

constexpr int kSteps = 2;
const NetOptions kNetOptions = {5, true, at::kDouble};

at::Tensor Images(int64_t n) {
  return at::randn({n, 3, 32, 32}, at::detail::createCPUGenerator(7),
                   at::kFloat)
      .to(at::kDouble);
}

at::Tensor Labels(int64_t n) { return at::arange(n, at::kLong).remainder(10); }

// Mean loss over images [first, last) of n.
at::Tensor Loss(Net& net, int64_t n, int64_t first, int64_t last) {
  return at::cross_entropy_loss(
      net.Forward(Images(n).slice(0, first, last), Mode::kTrain),
      Labels(n).slice(0, first, last));
}

void Descend(const Net& net) {
  const at::NoGradGuard no_grad;
  for (const NamedTensor& p : net.parameters())
    at::Tensor(p.tensor).sub_(p.tensor.grad(), 0.01);
}

Gradients GradientsOf(const Net& net) {
  Gradients gradients;
  for (const NamedTensor& p : net.parameters())
    gradients.push_back(p.tensor.grad().clone());
  return gradients;
}

// The 2-norm of the error of all tensors over that of all of them.
double RelativeError(const Gradients& actual, const Gradients& expected) {
  double error = 0, size = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    error += (actual[i] - expected[i]).square().sum().item<double>();
    size += expected[i].square().sum().item<double>();
  }
  return error == 0 ? 0 : std::sqrt(error / size);
}

struct Parity {
  const char* name;
  const char* net;
  int replicas;
  int64_t images;  // a step
  bool batch_norm = true;
};

NetSpec SpecOf(const Parity& p) {
  const NetSpec spec = *MakeNetSpec(p.net);
  return p.batch_norm ? spec : WithoutBatchNorm(spec);
}

// Gradients of each step, and the running statistics after the last.
struct Trained {
  std::vector<Gradients> steps;
  Gradients statistics;
};

void Keep(const Net& net, Trained& trained) {
  trained.steps.push_back(GradientsOf(net));
  trained.statistics.clear();
  for (const NamedTensor& buffer : net.buffers())
    trained.statistics.push_back(buffer.tensor);
}

Trained TrainReplicas(const Parity& p) {
  Net net(SpecOf(p), kNetOptions);
  Replicas replicas(net, p.replicas);
  Trained trained;
  for (int step = 0; step < kSteps; ++step) {
    ClearGradients(net.parameters());
    const at::Tensor logits = replicas.Forward(Images(p.images));
    at::cross_entropy_loss(logits, Labels(p.images)).backward();
    replicas.Backward();
    Keep(net, trained);
    Descend(net);
  }
  return trained;
}

// One process. Without batch norm the joined batch in one pass; with it each
// chunk of ceil(n / P) images alone, weighted by its images, the first one
// last: its running statistics are those that count.
Trained TrainAlone(const Parity& p) {
  Net net(SpecOf(p), kNetOptions);
  const int64_t n = p.images;
  const int64_t chunk =
      p.batch_norm ? (n + p.replicas - 1) / p.replicas : p.images;
  Trained trained;
  for (int step = 0; step < kSteps; ++step) {
    ClearGradients(net.parameters());
    Gradients before;
    for (const NamedTensor& b : net.buffers())
      before.push_back(b.tensor.clone());
    for (int64_t first = (n - 1) / chunk * chunk; first >= 0; first -= chunk) {
      const at::NoGradGuard no_grad;
      for (size_t i = 0; i < before.size(); ++i)
        at::Tensor(net.buffers()[i].tensor).copy_(before[i]);
      const at::AutoGradMode grad(true);
      const int64_t last = std::min(n, first + chunk);
      (Loss(net, n, first, last) * (static_cast<double>(last - first) / n))
          .backward();
    }
    Keep(net, trained);
    Descend(net);
  }
  return trained;
}

// More threads than cores, spinning, take minutes.
class ReplicasParity : public ::testing::TestWithParam<Parity> {
 protected:
  void SetUp() override { at::set_num_threads(1); }
};

// fp64; the order of additions differs.
TEST_P(ReplicasParity, GradientsEqualOneProcessOnTheJoinedBatch) {
  const Trained actual = TrainReplicas(GetParam());
  const Trained expected = TrainAlone(GetParam());
  for (int step = 0; step < kSteps; ++step)
    EXPECT_LE(RelativeError(actual.steps[step], expected.steps[step]), 1e-10)
        << "step " << step;
  EXPECT_LE(RelativeError(actual.statistics, expected.statistics), 1e-10);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, ReplicasParity,
    ::testing::Values(Parity{"P1", "lenet", 1, 6}, Parity{"P2", "lenet", 2, 6},
                      Parity{"P3", "lenet", 3, 6},
                      Parity{"P3Plain", "resnet20", 3, 6, false},
                      Parity{"P1Ghost", "resnet20", 1, 6},
                      Parity{"P2Ghost", "resnet20", 2, 6},
                      Parity{"P3Ghost", "resnet20", 3, 6},
                      Parity{"P3UnequalChunks", "resnet20", 3, 7},
                      Parity{"P3OneIdle", "resnet20", 3, 4}),
    [](const auto& info) { return std::string(info.param.name); });

// The same chunks on as many ranks.
TEST(Replicas, GradientsEqualThoseOfTheReducer) {
  at::set_num_threads(1);
  for (int ranks : {2, 3}) {
    const Parity p = {"", "resnet20", ranks, 6};
    const Trained expected = TrainReplicas(p);
    RunRanks(ranks, [&](Communicator& comm) {
      Net net(SpecOf(p), kNetOptions);
      Reducer reducer(net.parameters(), comm, {{}, at::kDouble});
      ASSERT_TRUE(reducer.Start().ok());
      const int64_t chunk = p.images / ranks, first = comm.rank() * chunk;
      for (int step = 0; step < kSteps; ++step) {
        reducer.PrepareStep({1.0 / ranks});
        Loss(net, p.images, first, first + chunk).backward();
        ASSERT_TRUE(reducer.Finish().ok());
        EXPECT_LE(RelativeError(GradientsOf(net), expected.steps[step]), 1e-10);
        Descend(net);
      }
    });
  }
}

// Gradient accumulation: passes add up.
TEST(Replicas, BackwardAddsToTheGradients) {
  Net net(*MakeNetSpec("lenet"), kNetOptions);
  Replicas replicas(net, 2);
  const auto pass = [&] {
    at::cross_entropy_loss(replicas.Forward(Images(4)), Labels(4)).backward();
    replicas.Backward();
  };
  pass();
  Gradients twice = GradientsOf(net);
  for (at::Tensor& gradient : twice) gradient.mul_(2);
  pass();
  EXPECT_LE(RelativeError(GradientsOf(net), twice), 1e-15);
}

TEST(Replicas, AnErrorOfAReplicaIsTheStepsErrorAndNothingHangs) {
  Net net(*MakeNetSpec("lenet"), kNetOptions);
  Replicas replicas(net, 3);
  const at::Tensor bad = at::zeros({6, 4, 32, 32}, at::kDouble);
  EXPECT_THROW(replicas.Forward(bad), std::exception);
  const at::Tensor logits = replicas.Forward(Images(6));
  EXPECT_EQ(logits.size(0), 6);
  // No loss: there is no gradient to scatter.
  EXPECT_THROW(replicas.Backward(), std::exception);
  at::cross_entropy_loss(replicas.Forward(Images(6)), Labels(6)).backward();
  replicas.Backward();
  EXPECT_TRUE(net.parameters()[0].tensor.grad().defined());
}

TEST(Replicas, EveryPhaseIsTimedOnce) {
  Net net(*MakeNetSpec("lenet"), kNetOptions);
  Replicas replicas(net, 2);
  const int64_t begin = SteadyNanoseconds();
  at::cross_entropy_loss(replicas.Forward(Images(4)), Labels(4)).backward();
  replicas.Backward();
  const int64_t total = SteadyNanoseconds() - begin;
  const ReplicaTimes times = replicas.TakeTimes();
  for (int64_t ns : {times.replicate_ns, times.scatter_ns, times.gather_ns,
                     times.scatter_gradient_ns, times.reduce_ns})
    EXPECT_GT(ns, 0);
  EXPECT_LT(times.forward_ns() + times.backward_ns(), total);
  EXPECT_EQ(replicas.TakeTimes().forward_ns(), 0);
}

}  // namespace
}  // namespace lockstep
