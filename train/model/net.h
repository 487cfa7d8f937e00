// A net with its tensors: builds, initialises and runs a NetSpec.

#ifndef LOCKSTEP_TRAIN_MODEL_NET_H_
#define LOCKSTEP_TRAIN_MODEL_NET_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "train/model/net_spec.h"

namespace lockstep {

struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

// Makes every gradient undefined, so that the next backward pass hands over its
// tensors instead of adding to old ones.
void ClearGradients(const std::vector<NamedTensor>& parameters);

enum class Mode {
  kTrain,  // batch statistics; running statistics are updated
  kEval,   // running statistics
};

// Not thread-safe: Forward in kTrain writes the running statistics.
class Net {
 public:
  // fp32 on the CPU. Convolutions: normal with variance 2 / fan-out (He et al.
  // 2015); linear layers: uniform in +-1/sqrt(fan-in); batch norms: 1 and 0.
  // The values depend on `seed` only. With `channels_last` 4-d weights are
  // stored NHWC: ResNet-18's step is 1.2 times faster (2 threads of an AMD
  // EPYC, Zen 4, batch 32).
  Net(NetSpec spec, uint64_t seed, bool channels_last);

  // `images` is [n, 3, 32, 32]; returns logits [n, 10]. Records for autograd
  // unless the caller holds an at::NoGradGuard.
  at::Tensor Forward(const at::Tensor& images, Mode mode);

  const NetSpec& spec() const { return spec_; }
  // In node order; handles share storage with the net.
  const std::vector<NamedTensor>& parameters() const { return parameters_; }
  const std::vector<NamedTensor>& buffers() const { return buffers_; }

 private:
  // The tensors of one node: indices into parameters_ and buffers_.
  struct NodeTensors {
    int parameter = -1;
    int buffer = -1;
  };

  at::Tensor Run(const NodeSpec& node, const NodeTensors& where,
                 const std::vector<at::Tensor>& values, Mode mode);

  NetSpec spec_;
  bool channels_last_;
  std::vector<NamedTensor> parameters_, buffers_;
  std::vector<NodeTensors> node_tensors_;  // [nodes]
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_MODEL_NET_H_
