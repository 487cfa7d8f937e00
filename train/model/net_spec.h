// The nets as data: one list of nodes that forward, export and tests share.
//
// A net is a sequence of nodes in topological order. Value 0 is the image
// batch, value i+1 the output of node i; shapes are NCHW. Because the trainer's
// forward pass and the ONNX export both walk this list, they cannot disagree.
// Adding a net is one function and one row in net_spec.cc. No torch.

#ifndef LOCKSTEP_TRAIN_MODEL_NET_SPEC_H_
#define LOCKSTEP_TRAIN_MODEL_NET_SPEC_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace lockstep {

enum class Op {
  kConv,  // 2-d, square kernel, no bias unless `bias`
  kBatchNorm,
  kRelu,
  kAdd,  // two inputs
  kMaxPool,
  kGlobalAveragePool,
  kFlatten,
  kLinear,  // with bias
};

struct NodeSpec {
  Op op;
  std::string name;         // PyTorch's name, "layer1.0.conv1"
  std::vector<int> inputs;  // value numbers
  int in_channels = 0;      // conv, linear: features
  int out_channels = 0;     // conv, batch norm, linear
  int kernel = 1;           // conv, max-pool
  int stride = 1;
  int padding = 0;
  bool bias = false;  // conv
};

struct NetSpec {
  std::string name;
  std::vector<NodeSpec> nodes;
};

// A trained tensor of a net: a parameter, or a batch norm's running statistic.
struct TensorSpec {
  std::string name;  // "layer1.0.bn1.running_mean"
  std::vector<int64_t> shape;
  bool trainable;
};

// Names of all nets, for flags and error texts.
std::vector<std::string> NetNames();

// resnet18: He et al. 2016 with a 3x3 stem and no max-pool, 11,173,962
// parameters. resnet20: the same paper's CIFAR net with 1x1 projections,
// 272,474. lenet: conv-pool-conv-pool-fc-fc-fc, 62,006. InvalidArgument lists
// the names.
absl::StatusOr<NetSpec> MakeNetSpec(const std::string& name);

// The same net with every batch norm left out; convolutions that fed one get a
// bias in its place.
NetSpec WithoutBatchNorm(const NetSpec& spec);

// The tensors of a net in node order: weight, bias, then running statistics.
std::vector<TensorSpec> TensorsOf(const NetSpec& spec);

// Number of trainable scalars.
int64_t ParameterCount(const NetSpec& spec);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_MODEL_NET_SPEC_H_
