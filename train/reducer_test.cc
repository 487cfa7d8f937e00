#include "train/reducer.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>

#include <cmath>
#include <mutex>
#include <set>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "train/comm/testing_ranks.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kImages = 12;

// Images and labels of the whole batch, the same in every thread.
at::Tensor Images(at::ScalarType type) {
  return at::randn({kImages, 3, 32, 32}, at::detail::createCPUGenerator(7),
                   at::kFloat)
      .to(type);
}
at::Tensor Labels() { return at::arange(kImages, at::kLong).remainder(10); }

// Mean loss over images [first, last).
at::Tensor Loss(Net& net, int64_t first, int64_t last) {
  const at::ScalarType type = net.parameters()[0].tensor.scalar_type();
  return at::cross_entropy_loss(
      net.Forward(Images(type).slice(0, first, last), Mode::kTrain),
      Labels().slice(0, first, last));
}

// One plain gradient step without momentum.
void Descend(Net& net) {
  at::NoGradGuard no_grad;
  for (const NamedTensor& p : net.parameters())
    at::Tensor(p.tensor).sub_(p.tensor.grad(), 0.01);
}

// Rank r of P takes images [r^2, (r+1)^2) of P^2, scaled to kImages: unequal
// shares, the first may be empty.
std::pair<int64_t, int64_t> ShareOf(int rank, int world_size) {
  const auto at = [&](int64_t r) {
    return kImages * r * r / (world_size * world_size);
  };
  return {at(rank), at(rank + 1)};
}

struct Parity {
  const char* name;
  const char* net;
  int world_size;
  at::ScalarType type;
  BucketCaps caps = {};
  int passes = 1;
  bool overlap = true;
  // "none": no batch norm. "ghost": every rank's images are normalised alone,
  // which one process emulates by forwarding the chunks separately. "sync": the
  // ranks normalise together.
  const char* batch_norm = "none";
};

NetSpec SpecOf(const Parity& p) {
  const NetSpec spec = *MakeNetSpec(p.net);
  return absl::string_view(p.batch_norm) == "none" ? WithoutBatchNorm(spec)
                                                   : spec;
}

constexpr int kSteps = 5;

// Adds to .grad() what images [first, last) contribute to the mean loss.
void AddGradients(Net& net, int64_t first, int64_t last) {
  std::vector<at::Tensor> sums;
  for (const NamedTensor& p : net.parameters()) sums.push_back(p.tensor.grad());
  ClearGradients(net.parameters());
  Loss(net, first, last).backward();
  const double weight = static_cast<double>(last - first) / kImages;
  for (size_t i = 0; i < sums.size(); ++i) {
    at::Tensor gradient = net.parameters()[i].tensor.grad();
    gradient.mul_(weight);
    if (sums[i].defined()) gradient.add_(sums[i]);
  }
}

// Gradients after each of five steps of one process on the joined batch.
std::vector<std::vector<at::Tensor>> TrainAlone(const Parity& p) {
  Net net(SpecOf(p), {5, true, p.type});
  const bool ghost = absl::string_view(p.batch_norm) == "ghost";
  std::vector<std::vector<at::Tensor>> steps;
  for (int step = 0; step < kSteps; ++step) {
    ClearGradients(net.parameters());
    for (int r = 0; r < (ghost ? p.world_size : 1); ++r) {
      const auto [first, last] = ghost ? ShareOf(r, p.world_size)
                                       : std::make_pair(int64_t{0}, kImages);
      if (first == last) continue;
      AddGradients(net, first, last);
    }
    steps.emplace_back();
    for (const NamedTensor& t : net.parameters())
      steps.back().push_back(t.tensor.grad().clone());
    Descend(net);
  }
  return steps;
}

// One step of a rank on its images, in `passes` backward passes.
void Step(Net& net, Reducer& reducer, BatchNormGroup& group, int64_t first,
          int64_t last, int passes) {
  const int64_t n = last - first;
  group.idle = n == 0;
  group.weight = static_cast<double>(n) / kImages;
  reducer.PrepareStep({group.weight, passes});
  for (int k = 0; k < passes; ++k) {
    const int64_t from = first + n * k / passes;
    const int64_t to = first + n * (k + 1) / passes;
    if (from == to) {  // computes something that counts nothing
      (Loss(net, 0, 1) * 0).backward();
    } else {
      (Loss(net, from, to) * (static_cast<double>(to - from) / n)).backward();
    }
  }
  ASSERT_TRUE(reducer.Finish().ok());
}

// The 2-norm of the error of all gradients over that of all gradients.
double RelativeError(const Net& net, const std::vector<at::Tensor>& expected) {
  double error = 0, size = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const at::Tensor& actual = net.parameters()[i].tensor.grad();
    error += (actual - expected[i]).square().sum().item<double>();
    size += expected[i].square().sum().item<double>();
  }
  return std::sqrt(error / size);
}

class ReducerParity : public ::testing::TestWithParam<Parity> {};

// Ranks start from different seeds (Start() must make them equal) and have
// unequal shares; step 0 uses the first plan, the others the rebuilt one.
// Bound, on the 2-norm of the error of all gradients over the 2-norm of all
// gradients: 1e-10 in fp64, 1e-6 in fp32 (the first convolution's gradients are
// sums of 9,408 terms that cancel; single tensors are off by up to 2e-6).
TEST_P(ReducerParity, GradientsEqualOneProcessOnTheJoinedBatch) {
  const Parity p = GetParam();
  const double bound = p.type == at::kDouble ? 1e-10 : 1e-6;
  const auto expected = TrainAlone(p);
  RunRanks(p.world_size, [&](Communicator& comm) {
    BatchNormGroup group = {&comm};
    const bool sync = absl::string_view(p.batch_norm) == "sync";
    Net net(SpecOf(p),
            {5u + comm.rank(), true, p.type, sync ? &group : nullptr});
    Reducer reducer(net.parameters(), comm, {p.caps, p.type, p.overlap});
    ASSERT_TRUE(reducer.Start().ok());
    const auto [first, last] = ShareOf(comm.rank(), p.world_size);
    for (int step = 0; step < kSteps; ++step) {
      Step(net, reducer, group, first, last, p.passes);
      EXPECT_LE(RelativeError(net, expected[step]), bound) << "step " << step;
      Descend(net);
      for (const BucketInterval& t : reducer.Timings()) {
        EXPECT_LE(t.ready_ns, t.start_ns);
        EXPECT_LE(t.start_ns, t.end_ns);
      }
    }
  });
}

constexpr BucketCaps kDefaultCaps = {}, kEachAlone = {1, 1},
                     kMixed = {1, 20000};

INSTANTIATE_TEST_SUITE_P(
    Shapes, ReducerParity,
    ::testing::Values(
        Parity{"P1", "lenet", 1, at::kDouble},
        Parity{"P2", "lenet", 2, at::kDouble},
        Parity{"P3", "lenet", 3, at::kDouble},
        Parity{"P4", "lenet", 4, at::kDouble},
        Parity{"P7", "lenet", 7, at::kDouble},
        Parity{"P2Fp32", "lenet", 2, at::kFloat},
        Parity{"P4Fp32", "lenet", 4, at::kFloat},
        Parity{"P2BucketEach", "lenet", 2, at::kDouble, kEachAlone},
        Parity{"P3Mixed", "lenet", 3, at::kDouble, kMixed},
        Parity{"P2Passes", "lenet", 2, at::kDouble, kMixed, 3},
        Parity{"P3PassesFp32", "lenet", 3, at::kFloat, kDefaultCaps, 2},
        Parity{"P2NoOverlap", "lenet", 2, at::kDouble, kMixed, 1, false},
        Parity{"P2ResNet", "resnet20", 2, at::kDouble},
        Parity{"P3Ghost", "resnet20", 3, at::kDouble, kMixed, 1, true, "ghost"},
        Parity{"P2GhostFp32", "resnet20", 2, at::kFloat, kMixed, 1, true,
               "ghost"},
        Parity{"P3Sync", "resnet20", 3, at::kDouble, kMixed, 1, true, "sync"}),
    [](const auto& info) { return std::string(info.param.name); });

// Parameters of every rank after three steps on unequal shares.
std::vector<std::vector<at::Tensor>> EndsOf(int world_size,
                                            const ReducerOptions& how,
                                            int passes) {
  std::vector<std::vector<at::Tensor>> ends(world_size);
  RunRanks(world_size, [&](Communicator& comm) {
    Net net(*MakeNetSpec("resnet20"), {0u + comm.rank(), true});
    Reducer reducer(net.parameters(), comm, how);
    ASSERT_TRUE(reducer.Start().ok());
    BatchNormGroup alone = {&comm};
    const auto [first, last] = ShareOf(comm.rank(), world_size);
    for (int step = 0; step < 3; ++step) {
      Step(net, reducer, alone, first, last, passes);
      Descend(net);
    }
    for (const NamedTensor& p : net.parameters())
      ends[comm.rank()].push_back(p.tensor);
  });
  return ends;
}

void ExpectSameBits(int world_size, const ReducerOptions& how, int passes) {
  const auto ends = EndsOf(world_size, how, passes);
  for (int r = 1; r < world_size; ++r)
    for (size_t i = 0; i < ends[0].size(); ++i)
      ASSERT_TRUE(at::equal(ends[0][i], ends[r][i]))
          << "P=" << world_size << " rank " << r << " tensor " << i;
}

TEST(Reducer, AllRanksEndWithTheSameBits) {
  for (int world_size : {2, 3, 4, 7}) {
    ExpectSameBits(world_size, {kDefaultCaps, at::kFloat}, 1);
    ExpectSameBits(world_size, {kMixed, at::kFloat}, 2);
  }
  ExpectSameBits(3, {kMixed, at::kBFloat16}, 2);
}

// After the first step the buckets hold what arrives first in backward, the
// same on all ranks; a run that goes on starts with that plan.
TEST(Reducer, BucketsAreRebuiltInArrivalOrderOnAllRanks) {
  std::mutex mutex;
  std::set<std::vector<std::string>> orders;
  RunRanks(3, [&](Communicator& comm) {
    Net net(*MakeNetSpec("resnet20"), {1, true});
    Reducer reducer(net.parameters(), comm, {kMixed, at::kFloat});
    ASSERT_TRUE(reducer.Start().ok());
    const std::vector<std::string> before = reducer.order();
    reducer.PrepareStep({1.0 / 3});
    Loss(net, 0, 2).backward();
    ASSERT_TRUE(reducer.Finish().ok());
    EXPECT_NE(reducer.order(), before);
    ReducerOptions again = {kMixed};
    again.order = reducer.order();
    EXPECT_EQ(Reducer(net.parameters(), comm, again).order(), again.order);
    const std::lock_guard<std::mutex> lock(mutex);
    orders.insert(reducer.order());
  });
  EXPECT_EQ(orders.size(), 1);
  EXPECT_EQ(orders.begin()->front(), "fc.bias");
}

TEST(Reducer, PlanHasEveryParameterOnceAndAllBytes) {
  RunRanks(1, [&](Communicator& comm) {
    Net net(*MakeNetSpec("resnet18"), {0, true});
    Reducer reducer(net.parameters(), comm, {});
    int64_t bytes = 0;
    size_t parameters = 0;
    for (const auto& bucket : reducer.plan()) {
      bytes += bucket.bytes;
      parameters += bucket.parameters.size();
    }
    EXPECT_EQ(bytes, 44695848);
    EXPECT_EQ(reducer.gradient_bytes(), 44695848);
    EXPECT_EQ(parameters, 62);
    EXPECT_EQ(reducer.plan().size(), 3);
  });
}

TEST(Reducer, OtherNetOnAnotherRankIsNamed) {
  RunRanks(2, [&](Communicator& comm) {
    Net net(*MakeNetSpec(comm.rank() == 0 ? "lenet" : "resnet20"), {0, true});
    Reducer reducer(net.parameters(), comm, {});
    const absl::Status status = reducer.Start();
    EXPECT_TRUE(absl::IsFailedPrecondition(status));
    EXPECT_THAT(status.message(), HasSubstr("rank 1 trains another net"));
  });
}

TEST(Reducer, ParameterWithoutGradientIsNamed) {
  RunRanks(1, [&](Communicator& comm) {
    Net net(*MakeNetSpec("lenet"), {0, true});
    std::vector<NamedTensor> parameters = net.parameters();
    parameters.push_back({"unused", at::ones({3}).requires_grad_()});
    Reducer reducer(parameters, comm, {});
    reducer.PrepareStep({});
    Loss(net, 0, 2).backward();
    EXPECT_THAT(reducer.Finish().message(),
                HasSubstr("parameter unused got no gradient"));
  });
}

// Gradients of one step of two ranks on the same images with `wire`.
std::vector<at::Tensor> GradientsOver(at::ScalarType wire) {
  std::vector<at::Tensor> gradients;
  RunRanks(2, [&](Communicator& comm) {
    Net net(*MakeNetSpec("lenet"), {5, true});
    Reducer reducer(net.parameters(), comm, {{}, wire});
    ASSERT_TRUE(reducer.Start().ok());
    reducer.PrepareStep({0.5});
    Loss(net, 6 * comm.rank(), 6 * comm.rank() + 6).backward();
    ASSERT_TRUE(reducer.Finish().ok());
    EXPECT_EQ(reducer.gradient_bytes(), 62006 * c10::elementSize(wire));
    if (comm.rank() != 0) return;
    for (const NamedTensor& p : net.parameters()) {
      EXPECT_EQ(p.tensor.grad().scalar_type(), at::kFloat);
      gradients.push_back(p.tensor.grad().clone());
    }
  });
  return gradients;
}

// Two addends and their sum are rounded once each: with half an ulp u (2^-9 for
// bf16, 2^-12 for fp16) the error is below u * (|a| + |b| + |a + b|), which is
// below 4 u times the largest part; parts may cancel, so it is measured against
// the largest gradient of the tensor. fp16 also loses what is below 2^-25.
TEST(Reducer, NarrowWireRoundsAndNothingElse) {
  const std::vector<at::Tensor> exact = GradientsOver(at::kFloat);
  for (const auto& [wire, ulp] : {std::make_pair(at::kBFloat16, 1.0 / 512),
                                  std::make_pair(at::kHalf, 1.0 / 4096)}) {
    const std::vector<at::Tensor> rounded = GradientsOver(wire);
    for (size_t i = 0; i < exact.size(); ++i) {
      const double largest = exact[i].abs().max().item<double>();
      const double error = (rounded[i] - exact[i]).abs().max().item<double>();
      EXPECT_LE(error, 4 * ulp * largest + 3e-8) << i;
      EXPECT_GT(error, 0) << "tensor " << i << " was not rounded";
    }
  }
}

TEST(Reducer, VotesAreCountedOnEveryRank) {
  RunRanks(3, [&](Communicator& comm) {
    Net net(*MakeNetSpec("lenet"), {5, true});
    Reducer reducer(net.parameters(), comm, {{}, at::kBFloat16});
    ASSERT_TRUE(reducer.Start().ok());
    for (int voters : {0, 1, 3, 0}) {
      reducer.SetVote(comm.rank() < voters);
      reducer.PrepareStep({1.0 / 3});
      Loss(net, 0, 2).backward();
      ASSERT_TRUE(reducer.Finish().ok());
      EXPECT_EQ(reducer.votes(), voters);
    }
  });
}

TEST(Reducer, WithoutCommunicationEveryRankKeepsItsOwnGradient) {
  RunRanks(2, [&](Communicator& comm) {
    Net net(*MakeNetSpec("lenet"), {5, true});
    Loss(net, 3 * comm.rank(), 3 * comm.rank() + 3).backward();
    const at::Tensor own = net.parameters()[0].tensor.grad().clone();
    ReducerOptions options;
    options.communicate = false;
    Reducer reducer(net.parameters(), comm, options);
    ASSERT_TRUE(reducer.Start().ok());
    reducer.PrepareStep({0.5});
    Loss(net, 3 * comm.rank(), 3 * comm.rank() + 3).backward();
    ASSERT_TRUE(reducer.Finish().ok());
    EXPECT_TRUE(at::equal(net.parameters()[0].tensor.grad(), own));
    for (const BucketInterval& t : reducer.Timings())
      EXPECT_EQ(t.start_ns, t.end_ns);
  });
}

}  // namespace
}  // namespace lockstep
