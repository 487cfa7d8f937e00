#include "train/model/net.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linspace.h>

#include "gtest/gtest.h"

namespace lockstep {
namespace {

at::Tensor SomeImages(int n) {
  return at::linspace(-2, 2, n * 3 * 32 * 32).view({n, 3, 32, 32});
}

class NetTest : public ::testing::TestWithParam<const char*> {};

TEST_P(NetTest, GivesLogitsAndGradientsOfEveryParameter) {
  Net net(*MakeNetSpec(GetParam()), {1, true});
  const at::Tensor logits = net.Forward(SomeImages(3), Mode::kTrain);
  ASSERT_EQ(logits.sizes(), (at::IntArrayRef{3, 10}));
  logits.sum().backward();
  for (const NamedTensor& parameter : net.parameters()) {
    ASSERT_TRUE(parameter.tensor.grad().defined()) << parameter.name;
    if (parameter.tensor.dim() == 4) {
      EXPECT_TRUE(parameter.tensor.grad().is_contiguous(
          at::MemoryFormat::ChannelsLast));
    }
  }
}

TEST_P(NetTest, SameSeedSameNetOtherSeedOtherNet) {
  const NetSpec spec = *MakeNetSpec(GetParam());
  Net a(spec, {1, true}), b(spec, {1, true}), c(spec, {2, true});
  EXPECT_TRUE(at::equal(a.parameters()[0].tensor, b.parameters()[0].tensor));
  EXPECT_FALSE(at::equal(a.parameters()[0].tensor, c.parameters()[0].tensor));
}

// Memory layout changes the order of sums, not the net: fp32 logits of about 1
// agree within 1e-4 over at most 20 layers.
TEST_P(NetTest, ChannelsLastIsTheSameNet) {
  const NetSpec spec = *MakeNetSpec(GetParam());
  Net a(spec, {1, true}), b(spec, {1, false});
  at::NoGradGuard no_grad;
  const at::Tensor x = SomeImages(2);
  EXPECT_TRUE(at::allclose(a.Forward(x, Mode::kEval), b.Forward(x, Mode::kEval),
                           1e-4, 1e-4));
}

INSTANTIATE_TEST_SUITE_P(All, NetTest,
                         ::testing::Values("resnet18", "resnet20", "lenet"));

TEST(Net, TrainingUpdatesRunningStatistics) {
  Net net(*MakeNetSpec("resnet20"), {1, true});
  const at::Tensor before = net.buffers()[0].tensor.clone();
  net.Forward(SomeImages(2), Mode::kEval);
  EXPECT_TRUE(at::equal(before, net.buffers()[0].tensor));
  net.Forward(SomeImages(2), Mode::kTrain);
  EXPECT_FALSE(at::equal(before, net.buffers()[0].tensor));
}

}  // namespace
}  // namespace lockstep
