#include "train/reducer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <map>
#include <mutex>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "train/comm/testing_ranks.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kImages = 12;

// Images and labels of the whole batch, the same in every thread.
at::Tensor Images() {
  return at::linspace(-2, 2, kImages * 3 * 32 * 32).view({kImages, 3, 32, 32});
}
at::Tensor Labels() { return at::arange(kImages, at::kLong).remainder(10); }

at::Tensor Loss(Net& net, int64_t first, int64_t last) {
  return at::cross_entropy_loss(
      net.Forward(Images().slice(0, first, last), Mode::kTrain),
      Labels().slice(0, first, last));
}

// One plain gradient step without momentum.
void Descend(Net& net) {
  at::NoGradGuard no_grad;
  for (const NamedTensor& p : net.parameters())
    at::Tensor(p.tensor).sub_(p.tensor.grad(), 0.05);
}

// LeNet has no batch norm, so P ranks equal one rank on the whole batch.
std::vector<at::Tensor> TrainAlone(int steps) {
  Net net(*MakeNetSpec("lenet"), 5, true);
  for (int step = 0; step < steps; ++step) {
    ClearGradients(net.parameters());
    Loss(net, 0, kImages).backward();
    Descend(net);
  }
  std::vector<at::Tensor> values;
  for (const NamedTensor& p : net.parameters()) values.push_back(p.tensor);
  return values;
}

struct Shape {
  int world_size;
  BucketCaps caps;
};

class ReducerParity : public ::testing::TestWithParam<Shape> {};

// Ranks start from different seeds (Start() must make them equal) and have
// unequal shares. Three steps: one with the first plan, two with the rebuilt
// one. Bound: each gradient is a sum of 12 terms in another order, relative
// error 12 * 2^-24 = 7e-7 of its size (below 1), three steps of 0.05: under
// 2e-7; 1e-6 leaves room for the errors' own propagation.
TEST_P(ReducerParity, EqualsOneRankOnTheWholeBatch) {
  const std::vector<at::Tensor> expected = TrainAlone(3);
  const int world_size = GetParam().world_size;
  RunRanks(world_size, [&](Communicator& comm) {
    Net net(*MakeNetSpec("lenet"), 5 + comm.rank(), true);
    Reducer reducer(net.parameters(), comm, GetParam().caps);
    ASSERT_TRUE(reducer.Start().ok());
    // Rank r takes images [r^2, (r+1)^2) of P^2, scaled to 12; the last the
    // rest.
    const int64_t first =
        kImages * comm.rank() * comm.rank() / (world_size * world_size);
    const int64_t last = kImages * (comm.rank() + 1) * (comm.rank() + 1) /
                         (world_size * world_size);
    for (int step = 0; step < 3; ++step) {
      const bool idle =
          first == last;  // computes something that counts nothing
      reducer.PrepareStep(static_cast<double>(last - first) / kImages);
      Loss(net, idle ? 0 : first, idle ? 1 : last).backward();
      ASSERT_TRUE(reducer.Finish().ok());
      Descend(net);
      for (const BucketInterval& t : reducer.timings()) {
        EXPECT_LE(t.ready_ns, t.start_ns);
        EXPECT_LE(t.start_ns, t.end_ns);
      }
    }
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_TRUE(
          at::allclose(net.parameters()[i].tensor, expected[i], 1e-6, 1e-6))
          << net.parameters()[i].name;
  });
}

INSTANTIATE_TEST_SUITE_P(Shapes, ReducerParity,
                         ::testing::Values(Shape{1, {}}, Shape{2, {}},
                                           Shape{3, {}}, Shape{4, {}},
                                           Shape{7, {}}, Shape{2, {1, 1}},
                                           Shape{3, {1, 20000}}));

TEST(Reducer, AllRanksEndWithTheSameBits) {
  std::mutex mutex;
  std::map<int, std::vector<at::Tensor>> ends;
  RunRanks(3, [&](Communicator& comm) {
    Net net(*MakeNetSpec("resnet20"), comm.rank(), true);
    Reducer reducer(net.parameters(), comm, {1 << 12, 1 << 18});
    ASSERT_TRUE(reducer.Start().ok());
    for (int step = 0; step < 3; ++step) {
      reducer.PrepareStep(1.0 / 3);
      Loss(net, comm.rank() * 4, comm.rank() * 4 + 4).backward();
      ASSERT_TRUE(reducer.Finish().ok());
      Descend(net);
    }
    const std::lock_guard<std::mutex> lock(mutex);
    for (const NamedTensor& p : net.parameters())
      ends[comm.rank()].push_back(p.tensor);
  });
  for (size_t i = 0; i < ends[0].size(); ++i) {
    EXPECT_TRUE(at::equal(ends[0][i], ends[1][i]));
    EXPECT_TRUE(at::equal(ends[0][i], ends[2][i]));
  }
}

TEST(Reducer, PlanHasEveryParameterOnceAndAllBytes) {
  RunRanks(1, [&](Communicator& comm) {
    Net net(*MakeNetSpec("resnet18"), 0, true);
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
    Net net(*MakeNetSpec(comm.rank() == 0 ? "lenet" : "resnet20"), 0, true);
    Reducer reducer(net.parameters(), comm, {});
    const absl::Status status = reducer.Start();
    EXPECT_TRUE(absl::IsFailedPrecondition(status));
    EXPECT_THAT(status.message(), HasSubstr("rank 1 trains another net"));
  });
}

TEST(Reducer, ParameterWithoutGradientIsNamed) {
  RunRanks(1, [&](Communicator& comm) {
    Net net(*MakeNetSpec("lenet"), 0, true);
    std::vector<NamedTensor> parameters = net.parameters();
    parameters.push_back({"unused", at::ones({3}).requires_grad_()});
    Reducer reducer(parameters, comm, {});
    reducer.PrepareStep(1);
    Loss(net, 0, 2).backward();
    EXPECT_THAT(reducer.Finish().message(),
                HasSubstr("parameter unused got no gradient"));
  });
}

}  // namespace
}  // namespace lockstep
