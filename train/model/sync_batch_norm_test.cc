#include "train/model/sync_batch_norm.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include "gtest/gtest.h"
#include "train/comm/testing_ranks.h"

namespace lockstep {
namespace {

constexpr int64_t kImages = 12, kChannels = 5;
constexpr double kMomentum = 0.1, kEpsilon = 1e-5;

// What one pass leaves: outputs, gradients, running statistics.
struct Pass {
  at::Tensor y, dx, dweight, dbias, running_mean, running_var;
};

// Inputs far from zero mean, so that a naive variance would cancel.
at::Tensor Inputs() {
  return at::linspace(-2, 3, kImages * kChannels * 4 * 4, at::kDouble)
             .sin()
             .view({kImages, kChannels, 4, 4}) +
         100;
}

// Some gradient that differs everywhere.
at::Tensor OutputGradient() {
  return at::linspace(0, 9, kImages * kChannels * 16, at::kDouble)
      .cos()
      .view({kImages, kChannels, 4, 4});
}

BatchNormTensors FreshNorm() {
  return {at::linspace(0.5, 2, kChannels, at::kDouble).requires_grad_(),
          at::linspace(-1, 1, kChannels, at::kDouble).requires_grad_(),
          at::zeros({kChannels}, at::kDouble),
          at::ones({kChannels}, at::kDouble)};
}

// The whole batch in one piece through LibTorch's own batch norm; the loss is
// the mean over images of sum(y * OutputGradient()).
Pass WholeBatch() {
  const BatchNormTensors norm = FreshNorm();
  const at::Tensor x = Inputs().requires_grad_();
  const at::Tensor y =
      at::batch_norm(x, norm.weight, norm.bias, norm.running_mean,
                     norm.running_var, true, kMomentum, kEpsilon, false);
  ((y * OutputGradient()).sum() / kImages).backward();
  return {y.detach(),       x.grad(),          norm.weight.grad(),
          norm.bias.grad(), norm.running_mean, norm.running_var};
}

// Rank r's images [first, last); gradients scaled as the reducer would.
Pass PartOf(Communicator& comm, int64_t first, int64_t last) {
  const bool idle = first == last;
  const int64_t n = idle ? 1 : last - first;
  if (idle) first = 0;
  BatchNormGroup group = {&comm, idle ? 0 : static_cast<double>(n) / kImages,
                          idle};
  const BatchNormTensors norm = FreshNorm();
  const at::Tensor x = Inputs().narrow(0, first, n).clone().requires_grad_();
  const at::Tensor y = SyncBatchNorm(x, norm, kMomentum, kEpsilon, group);
  ((y * OutputGradient().narrow(0, first, n)).sum() / n).backward();
  return {y.detach(),
          x.grad() * group.weight,
          norm.weight.grad() * group.weight,
          norm.bias.grad() * group.weight,
          norm.running_mean,
          norm.running_var};
}

void ExpectClose(const at::Tensor& actual, const at::Tensor& expected,
                 const char* what) {
  EXPECT_TRUE(at::allclose(actual, expected, 1e-10, 1e-10))
      << what << ": off by " << (actual - expected).abs().max().item<double>();
}

// World sizes whose shares are equal, unequal, and empty for the first rank.
// Bound: fp64 sums of 192 terms, 1e-13 relative, times 1/deviation of
// about 1.4.
class SyncBatchNormTest : public ::testing::TestWithParam<int> {};

TEST_P(SyncBatchNormTest, EqualsOneBatchOverAllRanks) {
  const Pass whole = WholeBatch();
  const int p = GetParam();
  RunRanks(p, [&](Communicator& comm) {
    const int64_t r = comm.rank();
    const int64_t first = kImages * r * r / (p * p);
    const int64_t last = kImages * (r + 1) * (r + 1) / (p * p);
    Pass part = PartOf(comm, first, last);
    if (first < last) {
      ExpectClose(part.y, whole.y.slice(0, first, last), "output");
      ExpectClose(part.dx, whole.dx.slice(0, first, last), "input gradient");
    }
    ExpectClose(part.running_mean, whole.running_mean, "running mean");
    ExpectClose(part.running_var, whole.running_var, "running variance");
    at::Tensor sums = at::stack({part.dweight, part.dbias});
    ASSERT_TRUE(comm.AllReduceSum(sums)->Wait().ok());
    ExpectClose(sums[0], whole.dweight, "weight gradient");
    ExpectClose(sums[1], whole.dbias, "bias gradient");
  });
}

INSTANTIATE_TEST_SUITE_P(WorldSizes, SyncBatchNormTest,
                         ::testing::Values(1, 2, 3, 4, 7));

}  // namespace
}  // namespace lockstep
