#include "train/master_weights.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full_like.h>

#include <mutex>
#include <numeric>

#include "data/sample_path.h"
#include "gtest/gtest.h"
#include "train/batch.h"
#include "train/comm/testing_ranks.h"
#include "train/optim/sgd.h"
#include "train/reducer.h"

namespace lockstep {
namespace {

// A net in bf16 with its masters and optimiser.
struct Narrow {
  explicit Narrow(const char* name)
      : masters(*MakeNetSpec(name), {3, true}),
        net(masters.InType(at::kBFloat16)),
        weights(masters, net),
        optimizer(masters.parameters(), {}) {}

  void Update(double rate) {
    weights.GradientsToMasters();
    optimizer.Step(rate);
    weights.MastersToWeights();
  }

  Net masters, net;
  MasterWeights weights;
  Sgd optimizer;
};

Batch FirstImages(int64_t first, int64_t count) {
  static const ImageSet* const set =
      new ImageSet(*ReadCifar10(SampleDataPath(), Split::kTrain, 96));
  std::vector<uint32_t> indices(count);
  std::iota(indices.begin(), indices.end(), first);
  return MakeBatch(*set, indices, nullptr);
}

at::Tensor Loss(Net& net, const Batch& batch) {
  return at::cross_entropy_loss(net.Forward(batch.images, Mode::kTrain),
                                batch.labels);
}

TEST(NarrowNet, BatchNormsAndLogitsStayFp32) {
  Narrow n("resnet20");
  for (size_t i = 0; i < n.net.parameters().size(); ++i) {
    const NamedTensor& p = n.net.parameters()[i];
    const bool norm = p.tensor.dim() == 1 && p.name != "fc.bias";
    EXPECT_EQ(p.tensor.scalar_type(), norm ? at::kFloat : at::kBFloat16)
        << p.name;
    EXPECT_EQ(p.tensor.is_same(n.masters.parameters()[i].tensor), norm);
  }
  const Batch batch = FirstImages(0, 4);
  const at::Tensor logits = n.net.Forward(batch.images, Mode::kTrain);
  EXPECT_EQ(logits.scalar_type(), at::kFloat);
  // One set of running statistics.
  EXPECT_TRUE(n.net.buffers()[0].tensor.is_same(n.masters.buffers()[0].tensor));
}

// 512 steps of a 256th of an ulp (2^-7 at 1) each: two ulps in all.
TEST(MasterWeights, KeepWhatBf16WouldRoundAway) {
  Narrow n("lenet");
  const at::Tensor master = n.masters.parameters()[0].tensor;
  const at::Tensor weight = n.net.parameters()[0].tensor;
  at::NoGradGuard no_grad;
  at::Tensor(master).fill_(1);
  for (int i = 0; i < 512; ++i) {
    at::Tensor(master).add_(std::ldexp(1, -15));
    n.weights.MastersToWeights();
  }
  EXPECT_TRUE(at::equal(weight, at::full_like(weight, 1 + 512 * 3.0517578e-5)));
}

TEST(MasterWeights, GradientsAreWidenedExactly) {
  Narrow n("lenet");
  Loss(n.net, FirstImages(0, 8)).backward();
  n.weights.GradientsToMasters();
  for (size_t i = 0; i < n.net.parameters().size(); ++i) {
    const at::Tensor wide = n.masters.parameters()[i].tensor.grad();
    EXPECT_EQ(wide.scalar_type(), at::kFloat);
    EXPECT_TRUE(
        at::equal(wide, n.net.parameters()[i].tensor.grad().to(at::kFloat)));
  }
}

class NarrowTraining : public ::testing::TestWithParam<const char*> {};

// Five steps on the same two batches. A value of bf16 is off by 2^-9 of itself;
// a logit is behind at most 20 convolutions, each of which rounds its weights
// and its output, and errors of independent sign add up to sqrt(40) * 2^-9
// = 1.2 % of a logit of about 1. The loss, a difference of logits, is off by
// about as much at first, and by a few times that once the weights have gone
// different ways: 0.1 is 8 times it.
TEST_P(NarrowTraining, FollowsFp32AndLearns) {
  Narrow narrow(GetParam());
  Net wide(*MakeNetSpec(GetParam()), {3, true});
  Sgd wide_optimizer(wide.parameters(), {});
  double first = 0, last = 0;
  for (int step = 0; step < 6; ++step) {
    const Batch batch = FirstImages(step % 2 * 48, 48);
    ClearGradients(narrow.net.parameters());
    const at::Tensor loss = Loss(narrow.net, batch);
    loss.backward();
    narrow.Update(0.01);
    last = loss.item<double>();
    if (step == 0) first = last;
    if (step == 5) break;
    ClearGradients(wide.parameters());
    const at::Tensor expected = Loss(wide, batch);
    expected.backward();
    wide_optimizer.Step(0.01);
    EXPECT_NEAR(last, expected.item<double>(), 0.1) << "step " << step;
    EXPECT_NE(last, expected.item<double>()) << "nothing was rounded";
  }
  EXPECT_LT(last, first);
}

INSTANTIATE_TEST_SUITE_P(Nets, NarrowTraining,
                         ::testing::Values("lenet", "resnet20"));

// Over an fp32 wire and a bf16 one; the averages are fp32.
TEST(NarrowTraining, TwoRanksEndWithTheSameBits) {
  for (const at::ScalarType wire : {at::kFloat, at::kBFloat16}) {
    std::mutex mutex;
    std::vector<std::vector<at::Tensor>> ends;
    RunRanks(2, [&](Communicator& comm) {
      Narrow n("resnet20");
      Reducer reducer(n.net.parameters(), comm, {{1, 20000}, wire});
      ASSERT_TRUE(reducer.Start().ok());
      for (int step = 0; step < 3; ++step) {
        reducer.PrepareStep({0.5});
        Loss(n.net, FirstImages(8 * (2 * step + comm.rank()), 8)).backward();
        ASSERT_TRUE(reducer.Finish().ok());
        n.Update(0.1);
      }
      std::vector<at::Tensor> mine;
      for (const NamedTensor& p : n.masters.parameters()) {
        EXPECT_EQ(p.tensor.grad().scalar_type(), at::kFloat);
        mine.push_back(p.tensor.detach());
      }
      const std::lock_guard<std::mutex> lock(mutex);
      ends.push_back(mine);
    });
    ASSERT_EQ(ends.size(), 2);
    for (size_t i = 0; i < ends[0].size(); ++i)
      EXPECT_TRUE(at::equal(ends[0][i], ends[1][i])) << i;
  }
}

}  // namespace
}  // namespace lockstep
