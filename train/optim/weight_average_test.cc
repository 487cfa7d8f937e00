#include "train/optim/weight_average.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/ones.h>

#include <algorithm>

#include "gtest/gtest.h"

namespace lockstep {
namespace {

at::Tensor Values(int64_t size, int step) {
  return at::cos(at::arange(size, at::kFloat) + step);
}

// Against the formula in double precision. Bound: an update moves the average
// towards the weight, so errors do not grow; each rounds about 4 times, values
// up to 1, 40 updates: 40 * 4 * 2^-24 = 1e-5.
TEST(WeightAverage, EqualsTheFormula) {
  for (const double decay : {0.05, 0.5, 0.99, 0.9999}) {
    at::Tensor p = Values(1003, 0).requires_grad_();
    at::Tensor statistic = Values(7, 1);
    WeightAverage average({{"p", p}}, {{"mean", statistic}}, decay);
    at::Tensor expected_p = p.detach().to(at::kDouble);
    at::Tensor expected_statistic = statistic.to(at::kDouble);
    for (int t = 0; t < 40; ++t) {
      p.detach().copy_(Values(1003, t + 2));
      statistic.copy_(Values(7, t + 3));
      average.Update();
      const double d = std::min(decay, (1.0 + t) / (10.0 + t));
      expected_p = d * expected_p + (1 - d) * p.detach();
      expected_statistic = d * expected_statistic + (1 - d) * statistic;
    }
    const UseAverage use(&average);
    EXPECT_TRUE(at::allclose(p.detach().to(at::kDouble), expected_p, 0, 1e-5));
    EXPECT_TRUE(
        at::allclose(statistic.to(at::kDouble), expected_statistic, 0, 1e-5));
  }
}

TEST(WeightAverage, TrainingGoesOnWithTheRawWeights) {
  at::Tensor p = at::ones({2, 3, 3, 3})
                     .contiguous(at::MemoryFormat::ChannelsLast)
                     .requires_grad_();
  WeightAverage average({{"p", p}}, {}, 0.9);
  p.detach().fill_(2);
  average.Update();  // the first takes 0.9 of the new value
  {
    const UseAverage use(&average);
    EXPECT_NEAR(p.detach().max().item<float>(), 1.9, 1e-6);
    EXPECT_EQ(average.state()[0].tensor.min().item<float>(), 2);
  }
  EXPECT_TRUE(at::equal(p.detach(), at::full_like(p, 2)));
  EXPECT_NEAR(average.state()[0].tensor.min().item<float>(), 1.9, 1e-6);
  const UseAverage none(nullptr);
}

TEST(WeightAverage, TheStateIsAllItNeeds) {
  at::Tensor p = Values(5, 0), q = Values(5, 0), b = Values(3, 0),
             c = Values(3, 0);
  WeightAverage one({{"p", p}}, {{"b", b}}, 0.99);
  for (int t = 0; t < 3; ++t) {
    p.add_(1);
    b.add_(1);
    one.Update();
  }
  q.copy_(p);
  c.copy_(b);
  WeightAverage other({{"p", q}}, {{"b", c}}, 0.99);
  for (const auto& [to, from] :
       {std::pair(other.state(), one.state()),
        std::pair(other.rank_state(), one.rank_state())})
    for (size_t i = 0; i < to.size(); ++i) {
      EXPECT_EQ(to[i].name, from[i].name);
      to[i].tensor.copy_(from[i].tensor);
    }
  for (WeightAverage* average : {&one, &other}) {
    p.add_(1);
    q.copy_(p);
    average->Update();
    p.sub_(1);
  }
  EXPECT_TRUE(at::equal(one.state()[0].tensor, other.state()[0].tensor));
  EXPECT_TRUE(
      at::equal(one.rank_state()[0].tensor, other.rank_state()[0].tensor));
}

}  // namespace
}  // namespace lockstep
