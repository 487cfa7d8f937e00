#include "train/model/net.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/add.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/flatten.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <c10/core/ScalarType.h>

#include <cmath>

#include "absl/strings/match.h"

namespace lockstep {
namespace {

constexpr double kBatchNormMomentum = 0.1;  // PyTorch's defaults
constexpr double kBatchNormEpsilon = 1e-5;

// Fills a tensor of a node as its layer starts.
void Initialize(const NodeSpec& node, const TensorSpec& spec, at::Tensor& t,
                at::Generator& generator) {
  const bool weight = absl::EndsWith(spec.name, ".weight");
  if (node.op == Op::kBatchNorm) {
    t.fill_(weight || absl::EndsWith(spec.name, ".running_var") ? 1.0 : 0.0);
  } else if (node.op == Op::kConv && weight) {
    const double fan_out = node.out_channels * node.kernel * node.kernel;
    t.normal_(0, std::sqrt(2 / fan_out), generator);
  } else {
    const double bound =
        1 / std::sqrt(node.in_channels * node.kernel * node.kernel);
    t.uniform_(-bound, bound, generator);
  }
}

// What the tensors of a node are stored in, in a net of `type`. Sums over a
// batch and updates of 1e-3 of a value need more than bf16's 8 bits.
at::ScalarType TypeOf(const NodeSpec& node, at::ScalarType type) {
  const bool wide =
      node.op == Op::kBatchNorm && at::isReducedFloatingType(type);
  return wide ? at::kFloat : type;
}

NetSpec OneNode(const NodeSpec& node) { return {"", {node}}; }

}  // namespace

Net::Net(NetSpec spec, const NetOptions& options)
    : spec_(std::move(spec)), options_(options) {
  at::Generator generator = at::detail::createCPUGenerator(options.seed);
  uses_.resize(spec_.nodes.size() + 1);
  for (const NodeSpec& node : spec_.nodes)
    for (int input : node.inputs) ++uses_[input];
  for (const NodeSpec& node : spec_.nodes) {
    node_tensors_.push_back({static_cast<int>(parameters_.size()),
                             static_cast<int>(buffers_.size())});
    for (const TensorSpec& tensor : TensorsOf(OneNode(node))) {
      at::Tensor t = at::empty(tensor.shape, at::kFloat);
      Initialize(node, tensor, t, generator);
      t = t.to(options.device, TypeOf(node, options.type));
      if (options.channels_last && t.dim() == 4)
        t = t.contiguous(at::MemoryFormat::ChannelsLast);
      if (tensor.trainable) t.requires_grad_();
      (tensor.trainable ? parameters_ : buffers_).push_back({tensor.name, t});
    }
  }
}

Net Net::InType(at::ScalarType type) const {
  Net net = *this;
  net.options_.type = type;
  for (size_t i = 0; i < spec_.nodes.size(); ++i) {
    const size_t end = i + 1 < spec_.nodes.size()
                           ? node_tensors_[i + 1].parameter
                           : parameters_.size();
    const at::ScalarType wanted = TypeOf(spec_.nodes[i], type);
    for (size_t p = node_tensors_[i].parameter; p < end; ++p) {
      at::Tensor& t = net.parameters_[p].tensor;
      if (t.scalar_type() != wanted) t = t.detach().to(wanted).requires_grad_();
    }
  }
  return net;
}

at::Tensor Net::BatchNorm(const at::Tensor& x, const NodeTensors& where,
                          Mode mode) {
  const BatchNormTensors norm = {parameters_[where.parameter].tensor,
                                 parameters_[where.parameter + 1].tensor,
                                 buffers_[where.buffer].tensor,
                                 buffers_[where.buffer + 1].tensor};
  if (mode == Mode::kTrain && options_.group != nullptr)
    return SyncBatchNorm(x, norm, kBatchNormMomentum, kBatchNormEpsilon,
                         *options_.group);
  return at::batch_norm(x, norm.weight, norm.bias, norm.running_mean,
                        norm.running_var, mode == Mode::kTrain,
                        kBatchNormMomentum, kBatchNormEpsilon,
                        /*cudnn_enabled=*/x.is_cuda());
}

at::Tensor Net::Run(const NodeSpec& node, const NodeTensors& where,
                    const std::vector<at::Tensor>& values, Mode mode) {
  const at::Tensor& x = values[node.inputs[0]];
  const auto parameter = [&](int i) {
    return parameters_[where.parameter + i].tensor;
  };
  switch (node.op) {
    case Op::kConv:
      return at::conv2d(x, parameter(0),
                        node.bias ? parameter(1) : at::Tensor(), node.stride,
                        node.padding);
    case Op::kBatchNorm:
      return BatchNorm(x, where, mode);
    case Op::kRelu:
      return OnlyUse(node.inputs[0]) ? at::Tensor(x).relu_() : at::relu(x);
    case Op::kAdd: {
      const at::Tensor& y = values[node.inputs[1]];
      return OnlyUse(node.inputs[0]) ? at::Tensor(x).add_(y) : at::add(x, y);
    }
    case Op::kMaxPool:
      return at::max_pool2d(x, node.kernel, node.stride);
    case Op::kGlobalAveragePool:
      return at::adaptive_avg_pool2d(x, {1, 1});
    case Op::kFlatten:
      return at::flatten(x, 1);
    case Op::kLinear:
      return at::linear(x, parameter(0), parameter(1));
  }
  return x;
}

// A value that no other node reads may be overwritten. The layers that produce
// one (convolution, linear, batch norm, add) need it no more in backward.
bool Net::OnlyUse(int value) const { return value > 0 && uses_[value] == 1; }

at::Tensor Net::Forward(const at::Tensor& images, Mode mode) {
  std::vector<at::Tensor> values;
  values.reserve(spec_.nodes.size() + 1);
  values.push_back(images.to(options_.device, options_.type,
                             /*non_blocking=*/false, /*copy=*/false,
                             options_.channels_last
                                 ? at::MemoryFormat::ChannelsLast
                                 : at::MemoryFormat::Contiguous));
  for (size_t i = 0; i < spec_.nodes.size(); ++i)
    values.push_back(Run(spec_.nodes[i], node_tensors_[i], values, mode));
  // Losses are differences of logits: bf16 would show in the third digit.
  return at::isReducedFloatingType(options_.type) ? values.back().to(at::kFloat)
                                                  : values.back();
}

void ClearGradients(const std::vector<NamedTensor>& parameters) {
  for (const NamedTensor& p : parameters)
    at::Tensor(p.tensor).mutable_grad() = at::Tensor();
}

}  // namespace lockstep
