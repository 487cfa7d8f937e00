#include "train/optim/sgd.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace lockstep {

Sgd::Sgd(const std::vector<NamedTensor>& parameters, const SgdOptions& options)
    : options_(options) {
  for (const NamedTensor& p : parameters) {
    parameters_.push_back(p.tensor);
    // The fused kernel wants none without momentum.
    if (options.momentum != 0) velocities_.push_back(at::zeros_like(p.tensor));
  }
}

void Sgd::Step(double learning_rate) {
  at::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients;
  gradients.reserve(parameters_.size());
  for (const at::Tensor& p : parameters_) gradients.push_back(p.grad());
  at::_fused_sgd_(parameters_, gradients, velocities_, options_.weight_decay,
                  options_.momentum, learning_rate, /*dampening=*/0,
                  /*nesterov=*/false, /*maximize=*/false, first_step_);
  first_step_ = false;
}

}  // namespace lockstep
