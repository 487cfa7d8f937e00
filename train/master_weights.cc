#include "train/master_weights.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_copy.h>
#include <ATen/ops/zeros_like.h>

namespace lockstep {

MasterWeights::MasterWeights(const Net& masters, const Net& working) {
  for (size_t i = 0; i < masters.parameters().size(); ++i) {
    const at::Tensor& master = masters.parameters()[i].tensor;
    const at::Tensor& weight = working.parameters()[i].tensor;
    if (master.is_same(weight)) continue;
    masters_.push_back(master);
    weights_.push_back(weight);
    gradients_.push_back(at::zeros_like(master));
    at::Tensor(master).mutable_grad() = gradients_.back();
  }
}

void MasterWeights::GradientsToMasters() {
  at::NoGradGuard no_grad;
  std::vector<at::Tensor> narrow;
  narrow.reserve(weights_.size());
  for (const at::Tensor& weight : weights_) narrow.push_back(weight.grad());
  at::_foreach_copy_(gradients_, narrow);
}

void MasterWeights::MastersToWeights() {
  at::NoGradGuard no_grad;
  at::_foreach_copy_(weights_, masters_);
}

}  // namespace lockstep
