#include "quant/onnx_nodes.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "quant/onnx_matrix.h"
#include "quant/onnx_reshape.h"
#include "quant/onnx_tensor.h"
#include "quant/onnx_windows.h"

namespace lockstep::quant {
namespace {

using onnx::NodeProto;

absl::Status ImportBatchNorm(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 0, import);
  if (!in.ok()) return in.status();
  if (IntAttribute(node, "training_mode", 0) != 0 ||
      IntAttribute(node, "spatial", 1) != 1)
    return Unsupported(node, "must be in inference mode; export in eval mode");
  const Shape& shape = ShapeOf(*in, import);
  if (in->rank == 2 && shape.size() != shape.channels)
    return Unsupported(node, "normalises a flattened map; put it before");
  std::vector<float> parts[4];  // scale, bias, mean, variance
  for (int i = 0; i < 4; ++i) {
    auto part = FindVector(node, i + 1, shape.channels, import);
    if (!part.ok()) return part.status();
    parts[i] = *std::move(part);
  }
  const double epsilon = FloatAttribute(node, "epsilon", 1e-5f);
  FloatNode affine = {Op::kAffine, NodeName(node), {in->value}, {}};
  for (int c = 0; c < shape.channels; ++c) {
    const double variance = double{parts[3][c]} + epsilon;
    if (!(variance > 0))
      return BadNode(node, absl::StrCat("variance + epsilon of channel ", c,
                                        " is ", variance));
    affine.scale.push_back(parts[0][c] / std::sqrt(variance));
    affine.shift.push_back(parts[1][c] - parts[2][c] * affine.scale.back());
  }
  return Append(node, std::move(affine), in->rank, import);
}

absl::Status ImportRelu(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 0, import);
  if (!in.ok()) return in.status();
  return Append(node, {Op::kRelu, NodeName(node), {in->value}, {}}, in->rank,
                import);
}

// A tensor of what the attribute `value` is: one number, or a list of them.
onnx::TensorProto MakeTensor(const onnx::AttributeProto& value) {
  onnx::TensorProto tensor;
  tensor.set_name(value.name());
  const bool list =
      value.name() == "value_floats" || value.name() == "value_ints";
  if (value.name() == "value_float" || value.name() == "value_floats") {
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    *tensor.mutable_float_data() = value.floats();
    if (!list) tensor.add_float_data(value.f());
    if (list) tensor.add_dims(value.floats_size());
  } else {
    tensor.set_data_type(onnx::TensorProto::INT64);
    *tensor.mutable_int64_data() = value.ints();
    if (!list) tensor.add_int64_data(value.i());
    if (list) tensor.add_dims(value.ints_size());
  }
  return tensor;
}

absl::Status ImportConstant(const NodeProto& node, Import& import) {
  if (node.attribute_size() != 1)
    return BadNode(node, "must have one attribute, its value");
  const onnx::AttributeProto& value = node.attribute(0);
  Operand made;
  if (value.name() == "value") {
    if (!value.has_t()) return BadNode(node, "has no tensor in 'value'");
    made.constant = &value.t();
  } else {
    import.made.push_back(MakeTensor(value));
    made.constant = &import.made.back();
  }
  return Define(node, made, import);
}

absl::Status ImportIdentity(const NodeProto& node, Import& import) {
  const auto in = Find(node, 0, import);
  return in.ok() ? Define(node, *in, import) : in.status();
}

// Exporters leave casts to float around weights that they store as half.
absl::Status ImportCast(const NodeProto& node, Import& import) {
  if (IntAttribute(node, "to", 0) != onnx::TensorProto::FLOAT)
    return Unsupported(node, "must be to FLOAT; export the model in float");
  return ImportIdentity(node, import);
}

bool IsFalse(const onnx::TensorProto& tensor) {
  const std::string& raw = tensor.raw_data();
  return tensor.data_type() == onnx::TensorProto::BOOL && !IsExternal(tensor) &&
         std::all_of(raw.begin(), raw.end(), [](char c) { return c == 0; }) &&
         std::all_of(tensor.int32_data().begin(), tensor.int32_data().end(),
                     [](int32_t value) { return value == 0; });
}

absl::Status ImportDropout(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 0, import);
  if (!in.ok()) return in.status();
  if (HasInput(node, 2)) {
    const auto training = FindConstant(node, 2, import);
    if (!training.ok()) return training.status();
    if (!IsFalse(**training))
      return Unsupported(node, "is in training mode; export in eval mode");
  }
  return Define(node, *in, import);
}

// Softmax and LogSoftmax keep the order of the logits, so as the last node they
// are left out; Find refuses who reads one.
absl::Status ImportSoftmax(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 0, import);
  if (!in.ok()) return in.status();
  int64_t axis = IntAttribute(node, "axis", import.opset >= 13 ? -1 : 1);
  if (axis < 0) axis += in->rank;
  const Shape& shape = ShapeOf(*in, import);
  if (axis != 1 || shape.size() != shape.channels)
    return Unsupported(node, "must be over the classes, axis 1");
  Operand made = *in;
  made.softmax = &node;
  return Define(node, made, import);
}

// -- table --------------------------------------------------------------------

struct Operator {
  const char* type;
  // What the function looks at, or what changes nothing in inference; another
  // attribute could change the meaning and is refused.
  std::vector<absl::string_view> attributes;
  absl::Status (*import)(const NodeProto& node, Import& import);
};

const std::vector<Operator>& Operators() {
  static const auto* const operators = new std::vector<Operator>{
      {"Add", {}, ImportAdd},
      {"AveragePool",
       {"auto_pad", "ceil_mode", "count_include_pad", "dilations",
        "kernel_shape", "pads", "strides"},
       ImportAveragePool},
      {"BatchNormalization",
       {"epsilon", "momentum", "spatial", "training_mode"},
       ImportBatchNorm},
      {"Cast", {"saturate", "to"}, ImportCast},
      {"Constant",
       {"value", "value_float", "value_floats", "value_int", "value_ints"},
       ImportConstant},
      {"Conv",
       {"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"},
       ImportConv},
      {"Dropout", {"ratio", "seed"}, ImportDropout},
      {"Flatten", {"axis"}, ImportFlatten},
      {"Gemm", {"alpha", "beta", "transA", "transB"}, ImportGemm},
      {"GlobalAveragePool", {}, ImportGlobalAveragePool},
      {"Identity", {}, ImportIdentity},
      {"LogSoftmax", {"axis"}, ImportSoftmax},
      {"MatMul", {}, ImportMatMul},
      {"MaxPool",
       {"auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads",
        "storage_order", "strides"},
       ImportMaxPool},
      {"ReduceMean",
       {"axes", "keepdims", "noop_with_empty_axes"},
       ImportReduceMean},
      {"Relu", {}, ImportRelu},
      {"Reshape", {"allowzero"}, ImportReshape},
      {"Softmax", {"axis"}, ImportSoftmax},
      {"Squeeze", {"axes"}, ImportSqueeze},
  };
  return *operators;
}

// An attribute means the same, and has one type, wherever it appears.
const std::map<absl::string_view, onnx::AttributeProto::AttributeType>&
AttributeTypes() {
  using A = onnx::AttributeProto;
  static const auto* const types =
      new std::map<absl::string_view, A::AttributeType>{
          {"allowzero", A::INT},
          {"alpha", A::FLOAT},
          {"auto_pad", A::STRING},
          {"axes", A::INTS},
          {"axis", A::INT},
          {"beta", A::FLOAT},
          {"ceil_mode", A::INT},
          {"count_include_pad", A::INT},
          {"dilations", A::INTS},
          {"epsilon", A::FLOAT},
          {"group", A::INT},
          {"keepdims", A::INT},
          {"kernel_shape", A::INTS},
          {"noop_with_empty_axes", A::INT},
          {"pads", A::INTS},
          {"spatial", A::INT},
          {"storage_order", A::INT},
          {"strides", A::INTS},
          {"to", A::INT},
          {"training_mode", A::INT},
          {"transA", A::INT},
          {"transB", A::INT},
          {"value", A::TENSOR},
          {"value_float", A::FLOAT},
          {"value_floats", A::FLOATS},
          {"value_int", A::INT},
          {"value_ints", A::INTS},
      };
  return *types;
}

// Whether `op` knows the attribute; old files leave out its type.
absl::Status CheckAttribute(const NodeProto& node, const Operator& op,
                            const onnx::AttributeProto& attribute) {
  if (std::find(op.attributes.begin(), op.attributes.end(), attribute.name()) ==
      op.attributes.end())
    return Unsupported(node, absl::StrCat("attribute '", attribute.name(),
                                          "' is not supported"));
  const auto expected = AttributeTypes().find(attribute.name());
  if (!attribute.has_type() || expected == AttributeTypes().end() ||
      attribute.type() == expected->second)
    return absl::OkStatus();
  return BadNode(
      node,
      absl::StrCat("attribute '", attribute.name(), "' is of type ",
                   onnx::AttributeProto::AttributeType_Name(attribute.type()),
                   ", expected ",
                   onnx::AttributeProto::AttributeType_Name(expected->second)));
}

absl::Status UnknownOperator(const NodeProto& node) {
  const std::string supported = absl::StrJoin(
      Operators(), ", ",
      [](std::string* out, const Operator& op) { out->append(op.type); });
  return Unsupported(node, absl::StrCat("operator is not supported; supported "
                                        "are ",
                                        supported));
}

}  // namespace

absl::Status ImportNode(const NodeProto& node, Import& import) {
  for (const Operator& op : Operators()) {
    if (node.op_type() != op.type ||
        (!node.domain().empty() && node.domain() != "ai.onnx"))
      continue;
    for (const onnx::AttributeProto& attribute : node.attribute()) {
      const absl::Status status = CheckAttribute(node, op, attribute);
      if (!status.ok()) return status;
    }
    return op.import(node, import);
  }
  return UnknownOperator(node);
}

}  // namespace lockstep::quant
