#include "train/model/net_spec.h"

#include <functional>
#include <numeric>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace lockstep {
namespace {

constexpr int kImageChannels = 3;
constexpr int kClasses = 10;

// Appends nodes; every method returns the number of the value it made.
class Builder {
 public:
  explicit Builder(std::string name) { spec_.name = std::move(name); }

  int Conv(const std::string& name, int input, int in, int out, int kernel,
           int stride, int padding, bool bias = false) {
    return Push(
        {Op::kConv, name, {input}, in, out, kernel, stride, padding, bias});
  }
  int BatchNorm(const std::string& name, int input, int channels) {
    return Push({Op::kBatchNorm, name, {input}, channels, channels});
  }
  int Relu(const std::string& name, int input) {
    return Push({Op::kRelu, name, {input}});
  }
  int Add(const std::string& name, int a, int b) {
    return Push({Op::kAdd, name, {a, b}});
  }
  int MaxPool(const std::string& name, int input, int size) {
    return Push({Op::kMaxPool, name, {input}, 0, 0, size, size});
  }
  int GlobalAveragePool(int input) {
    return Push({Op::kGlobalAveragePool, "avgpool", {input}});
  }
  int Flatten(int input) { return Push({Op::kFlatten, "flatten", {input}}); }
  int Linear(const std::string& name, int input, int in, int out) {
    return Push({Op::kLinear, name, {input}, in, out});
  }

  NetSpec Take() { return std::move(spec_); }

 private:
  int Push(NodeSpec node) {
    spec_.nodes.push_back(std::move(node));
    return spec_.nodes.size();
  }

  NetSpec spec_;
};

// conv-bn-relu-conv-bn plus the shortcut, then relu. The shortcut is a strided
// 1x1 projection where the shape changes.
int BasicBlock(Builder& net, const std::string& name, int input, int in,
               int out, int stride) {
  int x = net.Conv(name + ".conv1", input, in, out, 3, stride, 1);
  x = net.BatchNorm(name + ".bn1", x, out);
  x = net.Relu(name + ".relu1", x);
  x = net.Conv(name + ".conv2", x, out, out, 3, 1, 1);
  x = net.BatchNorm(name + ".bn2", x, out);
  int shortcut = input;
  if (stride != 1 || in != out) {
    shortcut = net.Conv(name + ".downsample.0", input, in, out, 1, stride, 0);
    shortcut = net.BatchNorm(name + ".downsample.1", shortcut, out);
  }
  return net.Relu(name + ".relu2", net.Add(name + ".add", x, shortcut));
}

// A residual net for 32x32 images: stem, stages of `blocks` blocks whose width
// doubles and whose side halves from stage to stage, average, classifier.
NetSpec ResNet(const std::string& name, int width, int stages, int blocks) {
  Builder net(name);
  int x = net.Conv("conv1", 0, kImageChannels, width, 3, 1, 1);
  x = net.BatchNorm("bn1", x, width);
  x = net.Relu("relu", x);
  int channels = width;
  for (int stage = 0; stage < stages; ++stage) {
    const int out = width << stage;
    for (int block = 0; block < blocks; ++block) {
      const int stride = stage > 0 && block == 0 ? 2 : 1;
      x = BasicBlock(net, absl::StrCat("layer", stage + 1, ".", block), x,
                     channels, out, stride);
      channels = out;
    }
  }
  x = net.Flatten(net.GlobalAveragePool(x));
  net.Linear("fc", x, channels, kClasses);
  return net.Take();
}

NetSpec ResNet18() { return ResNet("resnet18", 64, 4, 2); }
NetSpec ResNet20() { return ResNet("resnet20", 16, 3, 3); }

// LeCun et al. 1998 with ReLU and max-pooling, as the lab exercises have it.
NetSpec LeNet() {
  Builder net("lenet");
  int x = net.Conv("conv1", 0, kImageChannels, 6, 5, 1, 0, /*bias=*/true);
  x = net.MaxPool("pool1", net.Relu("relu1", x), 2);
  x = net.Conv("conv2", x, 6, 16, 5, 1, 0, /*bias=*/true);
  x = net.MaxPool("pool2", net.Relu("relu2", x), 2);
  x = net.Linear("fc1", net.Flatten(x), 16 * 5 * 5, 120);
  x = net.Linear("fc2", net.Relu("relu3", x), 120, 84);
  net.Linear("fc3", net.Relu("relu4", x), 84, kClasses);
  return net.Take();
}

struct NetRow {
  const char* name;
  NetSpec (*make)();
};

constexpr NetRow kNets[] = {
    {"resnet18", ResNet18},
    {"resnet20", ResNet20},
    {"lenet", LeNet},
};

int64_t ElementsOf(const std::vector<int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1},
                         std::multiplies<int64_t>());
}

}  // namespace

std::vector<std::string> NetNames() {
  std::vector<std::string> names;
  for (const NetRow& row : kNets) names.push_back(row.name);
  return names;
}

absl::StatusOr<NetSpec> MakeNetSpec(const std::string& name) {
  for (const NetRow& row : kNets)
    if (name == row.name) return row.make();
  return absl::InvalidArgumentError(
      absl::StrCat("unknown net '", name, "': expected one of ",
                   absl::StrJoin(NetNames(), ", ")));
}

NetSpec WithoutBatchNorm(const NetSpec& spec) {
  NetSpec result = {spec.name, {}};
  std::vector<int> value_of = {0};  // [old value] = new value
  for (const NodeSpec& old : spec.nodes) {
    if (old.op == Op::kBatchNorm) {
      const int value = value_of[old.inputs[0]];
      NodeSpec& producer = result.nodes[value - 1];
      if (producer.op == Op::kConv) producer.bias = true;
      value_of.push_back(value);
      continue;
    }
    NodeSpec node = old;
    for (int& input : node.inputs) input = value_of[input];
    result.nodes.push_back(std::move(node));
    value_of.push_back(result.nodes.size());
  }
  return result;
}

std::vector<TensorSpec> TensorsOf(const NetSpec& spec) {
  std::vector<TensorSpec> tensors;
  const auto add = [&](const NodeSpec& node, const char* what,
                       std::vector<int64_t> shape, bool trainable) {
    tensors.push_back({node.name + what, std::move(shape), trainable});
  };
  for (const NodeSpec& node : spec.nodes) {
    const int64_t in = node.in_channels, out = node.out_channels;
    switch (node.op) {
      case Op::kConv:
        add(node, ".weight", {out, in, node.kernel, node.kernel}, true);
        if (node.bias) add(node, ".bias", {out}, true);
        break;
      case Op::kLinear:
        add(node, ".weight", {out, in}, true);
        add(node, ".bias", {out}, true);
        break;
      case Op::kBatchNorm:
        add(node, ".weight", {out}, true);
        add(node, ".bias", {out}, true);
        add(node, ".running_mean", {out}, false);
        add(node, ".running_var", {out}, false);
        break;
      default:
        break;
    }
  }
  return tensors;
}

int64_t ParameterCount(const NetSpec& spec) {
  int64_t count = 0;
  for (const TensorSpec& tensor : TensorsOf(spec))
    if (tensor.trainable) count += ElementsOf(tensor.shape);
  return count;
}

}  // namespace lockstep
