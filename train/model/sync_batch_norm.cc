#include "train/model/sync_batch_norm.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/addcmul.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/var_mean.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/ScalarType.h>
#include <torch/csrc/autograd/custom_function.h>

namespace lockstep {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

void SumOverGroup(const BatchNormGroup& group, at::Tensor& tensor) {
  const absl::Status status = group.comm->AllReduceSum(tensor)->Wait();
  if (!status.ok()) throw CommunicationFailure(status);
}

// What is computed with: bf16 and fp16 are for storing activations.
at::Tensor Wide(const at::Tensor& x) {
  return at::isReducedFloatingType(x.scalar_type()) ? x.to(at::kFloat) : x;
}

// [1, channels, 1, 1], in the type of `like`.
at::Tensor PerChannel(const at::Tensor& values, const at::Tensor& like) {
  return values.to(like.scalar_type()).view({1, -1, 1, 1});
}

struct Statistics {
  double count = 0;
  at::Tensor mean, variance;  // [channels], fp64; variance biased
};

// Each rank writes its row [count, means, sums of squared deviations] of an
// otherwise zero table, so the sum over ranks is the table of all.
Statistics OfGroup(const at::Tensor& x, const BatchNormGroup& group) {
  const int64_t channels = x.size(1);
  const int64_t count = group.idle ? 0 : x.numel() / channels;
  at::Tensor table = at::zeros({group.comm->world_size(), 1 + 2 * channels},
                               x.options().dtype(at::kDouble));
  if (!group.idle) {
    const auto [variance, mean] =
        at::var_mean(x, at::IntArrayRef{0, 2, 3}, /*unbiased=*/false);
    at::Tensor row = table[group.comm->rank()];
    row[0].fill_(count);
    row.narrow(0, 1, channels).copy_(mean);
    row.narrow(0, 1 + channels, channels).copy_(variance).mul_(count);
  }
  SumOverGroup(group, table);
  const at::Tensor counts = table.narrow(1, 0, 1);
  const at::Tensor means = table.narrow(1, 1, channels);
  Statistics all;
  all.count = counts.sum().item<double>();
  all.mean = (counts * means).sum(0) / all.count;
  const at::Tensor deviations = table.narrow(1, 1 + channels, channels) +
                                counts * (means - all.mean).square();
  all.variance = deviations.sum(0) / all.count;
  return all;
}

void UpdateRunning(const Statistics& s, const BatchNormTensors& norm,
                   double momentum) {
  // PyTorch's convention: the running variance is unbiased.
  const double unbias = s.count > 1 ? s.count / (s.count - 1) : 1;
  at::Tensor(norm.running_mean).lerp_(s.mean.to(norm.running_mean), momentum);
  at::Tensor(norm.running_var)
      .lerp_((s.variance * unbias).to(norm.running_var), momentum);
}

class SyncBatchNormFunction
    : public torch::autograd::Function<SyncBatchNormFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& images,
                            const at::Tensor& weight, const at::Tensor& bias,
                            const BatchNormTensors& norm, double momentum,
                            double epsilon, const BatchNormGroup* group) {
    const at::Tensor x = Wide(images);
    const Statistics s = OfGroup(x, *group);
    UpdateRunning(s, norm, momentum);
    const at::Tensor inverse_deviation = (s.variance + epsilon).rsqrt();
    context->save_for_backward({images, weight, s.mean, inverse_deviation});
    context->saved_data["count"] = s.count;
    context->saved_data["group"] = reinterpret_cast<int64_t>(group);
    const at::Tensor scale = weight * inverse_deviation;
    const at::Tensor shift = bias - s.mean * scale;
    return at::addcmul(PerChannel(shift, x), x, PerChannel(scale, x))
        .to(images.scalar_type());
  }

  // With g the gradient of the mean loss of all images (this rank's times its
  // weight), N images and pixels of the group and z the normalised input:
  //   dx = weight / deviation * (g - sum(g) / N - z * sum(g * z) / N)
  static variable_list backward(AutogradContext* context,
                                variable_list outputs) {
    const auto saved = context->get_saved_variables();
    const at::Tensor x = Wide(saved[0]), &weight = saved[1];
    const double count = context->saved_data["count"].toDouble();
    const auto& group = *reinterpret_cast<const BatchNormGroup*>(
        context->saved_data["group"].toInt());
    const at::Tensor dy = Wide(outputs[0]);
    const at::Tensor z =
        (x - PerChannel(saved[2], x)) * PerChannel(saved[3], x);
    const at::Tensor dy_sum = dy.sum(at::IntArrayRef{0, 2, 3});
    const at::Tensor dyz_sum = (dy * z).sum(at::IntArrayRef{0, 2, 3});
    const double share = group.idle ? 0 : group.weight;
    at::Tensor sums = at::stack({dy_sum, dyz_sum}).to(at::kDouble) * share;
    SumOverGroup(group, sums);
    at::Tensor dx = at::zeros_like(x);
    if (share > 0) {
      sums /= count * share;
      dx = (dy - PerChannel(sums[0], x) - z * PerChannel(sums[1], x)) *
           PerChannel(weight * saved[3], x);
    }
    return {dx.to(saved[0].scalar_type()),
            dyz_sum,
            dy_sum,
            at::Tensor(),
            at::Tensor(),
            at::Tensor(),
            at::Tensor()};
  }
};

}  // namespace

at::Tensor SyncBatchNorm(const at::Tensor& images, const BatchNormTensors& norm,
                         double momentum, double epsilon,
                         const BatchNormGroup& group) {
  return SyncBatchNormFunction::apply(images, norm.weight, norm.bias, norm,
                                      momentum, epsilon, &group);
}

}  // namespace lockstep
