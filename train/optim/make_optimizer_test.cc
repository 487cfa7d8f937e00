// Every optimiser against testdata/golden.txt, which PyTorch and the papers'
// formulas made in double precision (testdata/make_golden.py).

#include "train/optim/make_optimizer.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/file.h"

namespace lockstep {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

constexpr int kSteps = 20;
const std::vector<std::vector<int64_t>> kShapes = {
    {4, 3, 3, 3}, {5}, {1}, {7, 9}, {1, 1}};

// Fractions that fp32 holds exactly; 4-d ones are channels-last.
template <typename Value>
at::Tensor Fill(size_t shape, const Value& value) {
  at::Tensor t = at::empty(kShapes[shape]);
  for (int64_t i = 0; i < t.numel(); ++i) t.data_ptr<float>()[i] = value(i);
  return t.dim() == 4 ? t.contiguous(at::MemoryFormat::ChannelsLast) : t;
}

at::Tensor Weights(int64_t k) {
  return Fill(k,
              [k](int64_t i) { return ((i * 53 + 7 + k) % 101 - 50) / 64.0f; });
}

at::Tensor Gradient(int64_t k, int64_t step) {
  return Fill(k, [k, step](int64_t i) {
    return ((i * 37 + step * 101 + k * 13) % 257 - 128) / 128.0f;
  });
}

std::vector<NamedTensor> AllWeights() {
  std::vector<NamedTensor> weights;
  for (size_t k = 0; k < kShapes.size(); ++k)
    weights.push_back({std::to_string(k), Weights(k).requires_grad_()});
  return weights;
}

void SetGradients(const std::vector<NamedTensor>& weights, int64_t step) {
  for (size_t k = 0; k < weights.size(); ++k)
    at::Tensor(weights[k].tensor).mutable_grad() = Gradient(k, step);
}

// One block of the golden file.
struct Golden {
  std::string name;
  double learning_rate = 0;
  OptimizerOptions options;
  std::vector<at::Tensor> finals;  // fp64, by shape
};

std::istringstream GoldenFile() {
  return std::istringstream(
      ReadFile("train/optim/testdata/golden.txt").value_or(""));
}

bool Read(std::istream& in, Golden& g) {
  OptimizerOptions& o = g.options;
  in >> g.name >> g.learning_rate >> o.momentum >> o.weight_decay >> o.beta1 >>
      o.beta2 >> o.epsilon;
  g.finals.clear();
  for (const auto& shape : kShapes) {
    g.finals.push_back(at::empty(shape, at::kDouble));
    for (int64_t i = 0; i < g.finals.back().numel(); ++i)
      in >> g.finals.back().data_ptr<double>()[i];
  }
  return !in.fail();
}

// Bound: with M the largest weight, a step rounds the weight once and its
// update, which is below M / 2, about 16 times, each by 2^-24 of it:
// 20 * 2^-24 * (1 + 8) * M. Without weight decay the values differ by 5e-5 and
// more.
double Bound(const at::Tensor& finals) {
  return kSteps * 9 / 16777216.0 *
         std::max(1.0, finals.abs().max().item<double>());
}

TEST(MakeOptimizer, EqualsPyTorchAndThePapers) {
  std::istringstream file = GoldenFile();
  std::vector<std::string> names;
  for (Golden g; Read(file, g);) {
    const auto weights = AllWeights();
    const auto optimizer = MakeOptimizer(g.name, weights, g.options);
    ASSERT_TRUE(optimizer.ok()) << optimizer.status();
    for (int step = 0; step < kSteps; ++step) {
      SetGradients(weights, step);
      (*optimizer)->Step(g.learning_rate);
    }
    for (size_t k = 0; k < kShapes.size(); ++k) {
      const at::Tensor error =
          weights[k].tensor.detach().to(at::kDouble) - g.finals[k];
      EXPECT_LT(error.abs().max().item<double>(), Bound(g.finals[k]))
          << g.name << " " << k;
    }
    names.push_back(g.name);
  }
  EXPECT_THAT(names, ElementsAreArray(OptimizerNames()));
}

// PyTorch's defaults stand in the golden file.
TEST(MakeOptimizer, UsualConstantsArePyTorchs) {
  std::istringstream file = GoldenFile();
  for (Golden g; Read(file, g);) {
    const OptimizerOptions usual = UsualOptions(*FindOptimizerSpec(g.name));
    EXPECT_EQ(usual.beta1, g.options.beta1) << g.name;
    EXPECT_EQ(usual.beta2, g.options.beta2) << g.name;
    EXPECT_EQ(usual.epsilon, g.options.epsilon) << g.name;
  }
}

// Weights and state() of one go to another, which then goes on alike; rates as
// numbers and as tensors are the same.
TEST(MakeOptimizer, TheStateIsAllItNeeds) {
  for (const OptimizerSpec& spec : OptimizerSpecs()) {
    const auto a = AllWeights(), b = AllWeights();
    const auto one = *MakeOptimizer(spec.name, a, UsualOptions(spec));
    const auto other = *MakeOptimizer(spec.name, b, UsualOptions(spec));
    const auto step = [&](Optimizer& optimizer, const auto& weights, int i) {
      SetGradients(weights, i);
      optimizer.Step(spec.learning_rate);
    };
    for (int i = 0; i < 3; ++i) step(*one, a, i);
    for (size_t i = 0; i < a.size(); ++i)
      b[i].tensor.detach().copy_(a[i].tensor.detach());
    ASSERT_EQ(one->state().size(), other->state().size());
    for (size_t i = 0; i < one->state().size(); ++i)
      other->state()[i].tensor.copy_(one->state()[i].tensor);
    step(*one, a, 3);
    SetGradients(b, 3);
    other->Step(at::scalar_tensor(spec.learning_rate, at::kDouble));
    for (size_t i = 0; i < a.size(); ++i)
      EXPECT_TRUE(at::equal(a[i].tensor.detach(), b[i].tensor.detach()))
          << spec.name;
  }
}

// A net of biases alone, and layers that are all zero or have no gradient.
TEST(MakeOptimizer, ZerosStayFiniteAndLayersOfZerosMove) {
  for (const OptimizerSpec& spec : OptimizerSpecs()) {
    const std::vector<NamedTensor> weights = {
        {"zero", at::zeros({2, 3}).requires_grad_()},
        {"still", at::ones({2, 2}).requires_grad_()}};
    const std::vector<NamedTensor> bias = {
        {"bias", at::zeros({3}).requires_grad_()}};
    at::Tensor(weights[0].tensor).mutable_grad() = at::ones({2, 3});
    at::Tensor(weights[1].tensor).mutable_grad() = at::zeros({2, 2});
    at::Tensor(bias[0].tensor).mutable_grad() = at::ones({3});
    for (const auto& net : {weights, bias}) {
      const auto optimizer = *MakeOptimizer(spec.name, net, UsualOptions(spec));
      for (int i = 0; i < 2; ++i) optimizer->Step(spec.learning_rate);
      for (const NamedTensor& p : net)
        EXPECT_TRUE(p.tensor.isfinite().all().item<bool>()) << spec.name;
    }
    EXPECT_LT(weights[0].tensor.max().item<float>(), 0) << spec.name;
    EXPECT_LT(bias[0].tensor.max().item<float>(), 0) << spec.name;
  }
}

TEST(MakeOptimizer, AnUnknownNameIsAnsweredWithTheList) {
  const auto made = MakeOptimizer("sdg", AllWeights(), {});
  EXPECT_TRUE(absl::IsInvalidArgument(made.status()));
  EXPECT_THAT(made.status().message(), HasSubstr("sgd, sgd-nesterov, adagrad"));
}

}  // namespace
}  // namespace lockstep
