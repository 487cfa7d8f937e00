#include "train/optim/sgd.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace lockstep {

Sgd::Sgd(const std::vector<NamedTensor>& parameters, const SgdOptions& options)
    : options_(options), steps_(at::zeros({1}, at::kLong)) {
  state_.push_back({"optimizer.steps", steps_});
  for (const NamedTensor& p : parameters) {
    parameters_.push_back(p.tensor);
    // The fused kernel wants none without momentum.
    if (options.momentum == 0) continue;
    velocities_.push_back(at::zeros_like(p.tensor));
    state_.push_back({"optimizer.velocity." + p.name, velocities_.back()});
  }
}

void Sgd::Step(double learning_rate) {
  at::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients;
  gradients.reserve(parameters_.size());
  for (const at::Tensor& p : parameters_) gradients.push_back(p.grad());
  int64_t& steps = *steps_.data_ptr<int64_t>();
  at::_fused_sgd_(parameters_, gradients, velocities_, options_.weight_decay,
                  options_.momentum, learning_rate, /*dampening=*/0,
                  /*nesterov=*/false, /*maximize=*/false,
                  /*is_first_step=*/steps == 0);
  ++steps;
}

}  // namespace lockstep
