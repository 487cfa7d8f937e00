#include "train/optim/sgd.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros_like.h>

#include "gtest/gtest.h"

namespace lockstep {
namespace {

// 20 steps on fixed gradients against the formula in double precision. Bound: a
// step rounds a few times, 20 steps, values below 4: 20 * 4 * 2^-23 = 1e-5.
TEST(Sgd, EqualsTheFormula) {
  const double momentum = 0.9, decay = 0.01, rate = 0.1;
  for (const int64_t size : {1, 7, 1000}) {
    at::Tensor p = at::linspace(-1, 1, size).requires_grad_();
    at::Tensor expected = p.detach().to(at::kDouble);
    at::Tensor velocity = at::zeros_like(expected);
    Sgd sgd({{"p", p}}, {momentum, decay});
    for (int step = 0; step < 20; ++step) {
      const at::Tensor g = at::cos(at::arange(size, at::kDouble) + step);
      p.mutable_grad() = g.to(at::kFloat);
      sgd.Step(rate);
      velocity = momentum * velocity + g + decay * expected;
      expected = expected - rate * velocity;
    }
    EXPECT_TRUE(at::allclose(p.detach().to(at::kDouble), expected, 0, 1e-5));
  }
}

TEST(Sgd, StepsChannelsLastParameters) {
  at::Tensor p = at::ones({4, 3, 3, 3})
                     .contiguous(at::MemoryFormat::ChannelsLast)
                     .requires_grad_();
  const at::Tensor g = at::arange(108, at::kFloat).view({4, 3, 3, 3});
  p.mutable_grad() = g.contiguous(at::MemoryFormat::ChannelsLast);
  Sgd({{"p", p}}, {0, 0}).Step(0.5);
  EXPECT_TRUE(at::equal(p.detach(), at::ones({4, 3, 3, 3}) - 0.5 * g));
}

}  // namespace
}  // namespace lockstep
