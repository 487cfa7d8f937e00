#include "train/onnx_export.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "data/augment.h"
#include "data/cifar10.h"
#include "onnx/onnx.pb.h"

namespace lockstep {
namespace {

constexpr int kIrVersion = 8;
constexpr int kOpset = 13;
constexpr float kBatchNormEpsilon = 1e-5f;  // PyTorch's default, as in net.cc

struct OpName {
  Op op;
  const char* onnx;
};

constexpr OpName kOpNames[] = {
    {Op::kConv, "Conv"},       {Op::kBatchNorm, "BatchNormalization"},
    {Op::kRelu, "Relu"},       {Op::kAdd, "Add"},
    {Op::kMaxPool, "MaxPool"}, {Op::kGlobalAveragePool, "GlobalAveragePool"},
    {Op::kFlatten, "Flatten"}, {Op::kLinear, "Gemm"},
};

std::string OnnxName(Op op) {
  for (const OpName& row : kOpNames)
    if (row.op == op) return row.onnx;
  return "";
}

// -- writing -----------------------------------------------------------------

std::string ValueName(const NetSpec& spec, int value) {
  if (value == 0) return "input";
  if (value == static_cast<int>(spec.nodes.size())) return "logits";
  return spec.nodes[value - 1].name;
}

void AddInts(onnx::NodeProto& node, const char* name,
             const std::vector<int64_t>& values) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (int64_t value : values) attribute.add_ints(value);
}

void AddInt(onnx::NodeProto& node, const char* name, int64_t value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

void AddFloat(onnx::NodeProto& node, const char* name, float value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
}

void AddAttributes(const NodeSpec& spec, onnx::NodeProto& node) {
  const int64_t kernel = spec.kernel, stride = spec.stride, pad = spec.padding;
  switch (spec.op) {
    case Op::kConv:
      AddInts(node, "dilations", {1, 1});
      AddInt(node, "group", 1);
      [[fallthrough]];
    case Op::kMaxPool:
      AddInts(node, "kernel_shape", {kernel, kernel});
      AddInts(node, "pads", {pad, pad, pad, pad});
      AddInts(node, "strides", {stride, stride});
      break;
    case Op::kBatchNorm:
      AddFloat(node, "epsilon", kBatchNormEpsilon);
      break;
    case Op::kFlatten:
      AddInt(node, "axis", 1);
      break;
    case Op::kLinear:
      AddInt(node, "transB", 1);
      break;
    default:
      break;
  }
}

void AddInitializer(const TensorSpec& spec, const std::vector<float>& values,
                    onnx::GraphProto& graph) {
  onnx::TensorProto& tensor = *graph.add_initializer();
  tensor.set_name(spec.name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (int64_t dim : spec.shape) tensor.add_dims(dim);
  // raw_data is little-endian, as is every machine this builds on.
  tensor.set_raw_data(values.data(), values.size() * sizeof(float));
}

void AddNode(const NetSpec& spec, int index, onnx::GraphProto& graph) {
  const NodeSpec& from = spec.nodes[index];
  onnx::NodeProto& node = *graph.add_node();
  node.set_name(from.name);
  node.set_op_type(OnnxName(from.op));
  for (int input : from.inputs) node.add_input(ValueName(spec, input));
  for (const TensorSpec& tensor : TensorsOf({"", {from}}))
    node.add_input(tensor.name);
  node.add_output(ValueName(spec, index + 1));
  AddAttributes(from, node);
}

void DescribeValue(const std::string& name, const std::vector<int64_t>& shape,
                   onnx::ValueInfoProto& value) {
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx::TensorProto::FLOAT);
  tensor.mutable_shape()->add_dim()->set_dim_param("N");
  for (int64_t dim : shape)
    tensor.mutable_shape()->add_dim()->set_dim_value(dim);
}

void AddMetadata(const std::string& key, const std::string& value,
                 onnx::ModelProto& model) {
  onnx::StringStringEntryProto& entry = *model.add_metadata_props();
  entry.set_key(key);
  entry.set_value(value);
}

// -- reading -----------------------------------------------------------------

absl::Status NotOurs(const onnx::NodeProto& node, absl::string_view what) {
  return absl::UnimplementedError(
      absl::StrCat("node ", node.name(), " (", node.op_type(), "): ", what));
}

int64_t FirstInt(const onnx::NodeProto& node, absl::string_view name,
                 int64_t otherwise) {
  for (const onnx::AttributeProto& attribute : node.attribute())
    if (attribute.name() == name)
      return attribute.ints_size() > 0 ? attribute.ints(0) : attribute.i();
  return otherwise;
}

absl::StatusOr<Op> OpOf(const onnx::NodeProto& node) {
  for (const OpName& row : kOpNames)
    if (node.op_type() == row.onnx) return row.op;
  return NotOurs(node, "not an operator of the trainer's nets");
}

// Channels from the shape of the node's first initializer, [out][in]... or
// [out].
void SetChannels(const std::map<std::string, const onnx::TensorProto*>& tensors,
                 const onnx::NodeProto& node, int data_inputs, NodeSpec& spec) {
  if (node.input_size() <= data_inputs) return;
  const auto found = tensors.find(node.input(data_inputs));
  if (found == tensors.end() || found->second->dims_size() == 0) return;
  spec.out_channels = found->second->dims(0);
  spec.in_channels = found->second->dims_size() > 1 ? found->second->dims(1)
                                                    : spec.out_channels;
}

absl::StatusOr<NetValues> ValuesOf(
    const NetSpec& spec,
    const std::map<std::string, const onnx::TensorProto*>& tensors) {
  NetValues values;
  for (const TensorSpec& tensor : TensorsOf(spec)) {
    const auto found = tensors.find(tensor.name);
    if (found == tensors.end())
      return absl::DataLossError(absl::StrCat("no tensor ", tensor.name));
    size_t elements = 1;
    for (int64_t dim : tensor.shape) elements *= dim;
    const std::string& raw = found->second->raw_data();
    if (raw.size() != elements * sizeof(float))
      return absl::DataLossError(absl::StrCat("tensor ", tensor.name, " has ",
                                              raw.size(), " bytes, not ",
                                              elements * sizeof(float)));
    std::vector<float>& floats = values[tensor.name];
    floats.resize(elements);
    std::memcpy(floats.data(), raw.data(), raw.size());
  }
  return values;
}

absl::StatusOr<NodeSpec> NodeFrom(
    const onnx::NodeProto& node,
    const std::map<std::string, const onnx::TensorProto*>& tensors,
    const std::map<std::string, int>& numbers) {
  const absl::StatusOr<Op> op = OpOf(node);
  if (!op.ok()) return op.status();
  NodeSpec spec;
  spec.op = *op;
  spec.name = node.name();
  const int data_inputs = *op == Op::kAdd ? 2 : 1;
  for (int i = 0; i < data_inputs && i < node.input_size(); ++i) {
    const auto found = numbers.find(node.input(i));
    if (found == numbers.end())
      return NotOurs(node,
                     absl::StrCat("input ", node.input(i), " is unknown"));
    spec.inputs.push_back(found->second);
  }
  spec.kernel = FirstInt(node, "kernel_shape", 1);
  spec.stride = FirstInt(node, "strides", 1);
  spec.padding = FirstInt(node, "pads", 0);
  spec.bias = *op == Op::kConv && node.input_size() == 3;
  SetChannels(tensors, node, data_inputs, spec);
  return spec;
}

}  // namespace

std::string EncodeOnnx(const NetSpec& spec, const NetValues& values) {
  onnx::ModelProto model;
  model.set_ir_version(kIrVersion);
  model.set_producer_name("lockstep");
  model.add_opset_import()->set_version(kOpset);
  const Normalization normalization;
  AddMetadata("lockstep.net", spec.name, model);
  AddMetadata("lockstep.mean", absl::StrJoin(normalization.mean, ","), model);
  AddMetadata("lockstep.std", absl::StrJoin(normalization.std, ","), model);
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name(spec.name);
  DescribeValue("input", {kCifarChannels, kCifarSide, kCifarSide},
                *graph.add_input());
  DescribeValue("logits", {kCifarClasses}, *graph.add_output());
  for (size_t i = 0; i < spec.nodes.size(); ++i) AddNode(spec, i, graph);
  for (const TensorSpec& tensor : TensorsOf(spec))
    AddInitializer(tensor, values.at(tensor.name), graph);
  return model.SerializeAsString();
}

absl::StatusOr<LoadedNet> DecodeOnnx(const std::string& bytes) {
  onnx::ModelProto model;
  if (!model.ParseFromString(bytes) || !model.has_graph())
    return absl::DataLossError("not an ONNX model");
  std::map<std::string, const onnx::TensorProto*> tensors;
  for (const onnx::TensorProto& tensor : model.graph().initializer())
    tensors[tensor.name()] = &tensor;
  LoadedNet net;
  net.spec.name = model.graph().name();
  std::map<std::string, int> numbers = {{"input", 0}};
  for (const onnx::NodeProto& node : model.graph().node()) {
    absl::StatusOr<NodeSpec> spec = NodeFrom(node, tensors, numbers);
    if (!spec.ok()) return spec.status();
    net.spec.nodes.push_back(*std::move(spec));
    if (node.output_size() > 0) numbers[node.output(0)] = net.spec.nodes.size();
  }
  absl::StatusOr<NetValues> values = ValuesOf(net.spec, tensors);
  if (!values.ok()) return values.status();
  net.values = *std::move(values);
  return net;
}

}  // namespace lockstep
