#include "quant/onnx_nodes.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "quant/onnx_tensor.h"

namespace lockstep::quant {
namespace {

using onnx::NodeProto;

absl::Status ImportConv(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 4, import);
  if (!in.ok()) return in.status();
  const auto tensor = FindConstant(node, 1, import);
  if (!tensor.ok()) return tensor.status();
  const auto& dims = (*tensor)->dims();
  if (IntAttribute(node, "group", 1) != 1)
    return Unsupported(node, "group must be 1");
  const int channels = ShapeOf(*in, import).channels;
  if (dims.size() != 4 || dims[1] != channels || dims[2] > (1 << 20) ||
      dims[3] > (1 << 20))
    return BadNode(
        node, absl::StrCat("weights ", Describe(**tensor), " must be [out,",
                           channels, ",height,width]"));
  auto weights = FloatElements(**tensor);
  if (!weights.ok()) return weights.status();
  const auto window =
      ReadWindow(node, {static_cast<int>(dims[2]), static_cast<int>(dims[3])});
  if (!window.ok()) return window.status();
  if (weights->empty()) return BadNode(node, "has no weights");
  std::vector<float> bias(dims[0]);  // no more than weights, which are there
  if (HasInput(node, 2)) {
    auto given = FindVector(node, 2, bias.size(), import);
    if (!given.ok()) return given.status();
    bias = *std::move(given);
  }
  return Append(node,
                {Op::kConv,
                 NodeName(node),
                 {in->value},
                 *window,
                 *std::move(weights),
                 std::move(bias)},
                4, import);
}

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

// A per-channel constant added to a value: MatMul's separate bias.
absl::Status ImportBias(const NodeProto& node, const Operand& in, int constant,
                        Import& import) {
  const Shape& shape = ShapeOf(in, import);
  const auto tensor = FindConstant(node, constant, import);
  if (!tensor.ok()) return tensor.status();
  if (in.rank != 2 || shape.size() != shape.channels ||
      (*tensor)->dims_size() == 0 ||
      *(*tensor)->dims().rbegin() != shape.channels)
    return Unsupported(node, "a constant can only be added to a MatMul");
  const auto shift = FindVector(node, constant, shape.channels, import);
  if (!shift.ok()) return shift.status();
  FloatNode affine = {Op::kAffine, NodeName(node), {in.value}, {}};
  affine.scale.assign(shape.channels, 1);
  affine.shift.assign(shift->begin(), shift->end());
  return Append(node, std::move(affine), in.rank, import);
}

absl::Status ImportAdd(const NodeProto& node, Import& import) {
  const auto a = Find(node, 0, import);
  if (!a.ok()) return a.status();
  const auto b = Find(node, 1, import);
  if (!b.ok()) return b.status();
  if (a->constant == nullptr && b->constant != nullptr)
    return ImportBias(node, *a, 1, import);
  if (a->constant != nullptr && b->constant == nullptr)
    return ImportBias(node, *b, 0, import);
  if (a->constant != nullptr) return Unsupported(node, "adds two constants");
  if (a->rank != b->rank) return BadNode(node, "adds values of unlike rank");
  return Append(node, {Op::kAdd, NodeName(node), {a->value, b->value}, {}},
                a->rank, import);
}

absl::Status ImportMaxPool(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 4, import);
  if (!in.ok()) return in.status();
  if (IntAttribute(node, "ceil_mode", 0) != 0)
    return Unsupported(node, "ceil_mode must be 0");
  const auto window = ReadWindow(node, {});
  if (!window.ok()) return window.status();
  return Append(node, {Op::kMaxPool, NodeName(node), {in->value}, *window}, 4,
                import);
}

absl::Status AppendMean(const NodeProto& node, const Operand& in, int rank,
                        Import& import) {
  return Append(node, {Op::kGlobalAveragePool, NodeName(node), {in.value}, {}},
                rank, import);
}

absl::Status ImportGlobalAveragePool(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 4, import);
  return in.ok() ? AppendMean(node, *in, 4, import) : in.status();
}

absl::Status ImportAveragePool(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 4, import);
  if (!in.ok()) return in.status();
  const auto window = ReadWindow(node, {});
  if (!window.ok()) return window.status();
  const Shape& shape = ShapeOf(*in, import);
  if (window->kernel_h != shape.height || window->kernel_w != shape.width ||
      window->pad_top + window->pad_left + window->pad_bottom +
              window->pad_right !=
          0)
    return Unsupported(
        node, absl::StrCat("must average the whole ", shape.height, "x",
                           shape.width, " map, without pads"));
  return AppendMean(node, *in, 4, import);
}

// The axes are an attribute before opset 18 and an input from then on.
absl::StatusOr<std::vector<int64_t>> Axes(const NodeProto& node,
                                          const Import& import) {
  if (import.opset >= 18) {
    const auto tensor = FindConstant(node, 1, import);
    return tensor.ok() ? IntElements(**tensor) : tensor.status();
  }
  const onnx::AttributeProto* axes = FindAttribute(node, "axes");
  if (axes == nullptr) return std::vector<int64_t>();
  return std::vector<int64_t>(axes->ints().begin(), axes->ints().end());
}

absl::Status ImportReduceMean(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 4, import);
  if (!in.ok()) return in.status();
  auto axes = Axes(node, import);
  if (!axes.ok()) return axes.status();
  for (int64_t& axis : *axes)
    if (axis < 0) axis += 4;
  std::sort(axes->begin(), axes->end());
  if (*axes != std::vector<int64_t>{2, 3})
    return Unsupported(node, "must reduce axes 2 and 3");
  const bool keep = IntAttribute(node, "keepdims", 1) != 0;
  return AppendMean(node, *in, keep ? 4 : 2, import);
}

absl::Status ImportFlatten(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 0, import);
  if (!in.ok()) return in.status();
  const int64_t axis = IntAttribute(node, "axis", 1);
  if (axis != 1 && axis != 1 - in->rank)
    return Unsupported(node, "axis must be 1");
  return Define(node, {nullptr, in->value, 2}, import);
}

absl::Status ImportReshape(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 0, import);
  if (!in.ok()) return in.status();
  const auto tensor = FindConstant(node, 1, import);
  if (!tensor.ok()) return tensor.status();
  const auto shape = IntElements(**tensor);
  if (!shape.ok()) return shape.status();
  const int64_t size = ShapeOf(*in, import).size();
  const bool flattens =
      shape->size() == 2 && (*shape)[0] >= -1 && (*shape)[0] <= 1 &&
      ((*shape)[1] == size || ((*shape)[1] == -1 && (*shape)[0] != -1));
  if (!flattens)
    return Unsupported(node, absl::StrCat("must flatten to [-1,", size, "]"));
  return Define(node, {nullptr, in->value, 2}, import);
}

// [in][out] to [out][in].
std::vector<float> Transposed(const std::vector<float>& matrix, size_t in) {
  const size_t out = matrix.size() / in;
  std::vector<float> result(matrix.size());
  for (size_t i = 0; i < in; ++i)
    for (size_t o = 0; o < out; ++o) result[o * in + i] = matrix[i * out + o];
  return result;
}

// A matrix over a flattened tensor is a convolution of the whole map.
absl::Status ImportMatrix(const NodeProto& node, bool transposed, int bias_at,
                          Import& import) {
  const auto in = FindValue(node, 0, 2, import);
  if (!in.ok()) return in.status();
  const auto tensor = FindConstant(node, 1, import);
  if (!tensor.ok()) return tensor.status();
  const Shape& shape = ShapeOf(*in, import);
  const auto& dims = (*tensor)->dims();
  if (dims.size() != 2 || dims[transposed ? 1 : 0] != shape.size())
    return BadNode(node, absl::StrCat("matrix ", Describe(**tensor),
                                      " does not fit an input of ",
                                      shape.size(), " elements"));
  auto weights = FloatElements(**tensor);
  if (!weights.ok()) return weights.status();
  if (weights->empty()) return BadNode(node, "has no weights");
  if (!transposed) weights = Transposed(*weights, shape.size());
  std::vector<float> bias(weights->size() / shape.size());
  if (HasInput(node, bias_at)) {
    auto given = FindVector(node, bias_at, bias.size(), import);
    if (!given.ok()) return given.status();
    bias = *std::move(given);
  }
  return Append(node,
                {Op::kConv,
                 NodeName(node),
                 {in->value},
                 Window{shape.height, shape.width},
                 *std::move(weights),
                 std::move(bias)},
                2, import);
}

absl::Status ImportGemm(const NodeProto& node, Import& import) {
  if (FloatAttribute(node, "alpha", 1) != 1 ||
      FloatAttribute(node, "beta", 1) != 1 ||
      IntAttribute(node, "transA", 0) != 0)
    return Unsupported(node, "needs alpha=1, beta=1, transA=0");
  return ImportMatrix(node, IntAttribute(node, "transB", 0) != 0, 2, import);
}

absl::Status ImportMatMul(const NodeProto& node, Import& import) {
  return ImportMatrix(node, false, 2, import);
}

absl::Status ImportConstant(const NodeProto& node, Import& import) {
  const onnx::AttributeProto* value = FindAttribute(node, "value");
  if (value == nullptr || !value->has_t())
    return Unsupported(node, "must hold a tensor in attribute 'value'");
  return Define(node, {&value->t()}, import);
}

absl::Status ImportIdentity(const NodeProto& node, Import& import) {
  const auto in = Find(node, 0, import);
  return in.ok() ? Define(node, *in, import) : in.status();
}

absl::Status ImportDropout(const NodeProto& node, Import& import) {
  const auto in = FindValue(node, 0, 0, import);
  if (!in.ok()) return in.status();
  if (HasInput(node, 2))
    return Unsupported(node, "may be in training mode; export in eval mode");
  return Define(node, *in, import);
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
      {"Constant", {"value"}, ImportConstant},
      {"Conv",
       {"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"},
       ImportConv},
      {"Dropout", {"ratio", "seed"}, ImportDropout},
      {"Flatten", {"axis"}, ImportFlatten},
      {"Gemm", {"alpha", "beta", "transA", "transB"}, ImportGemm},
      {"GlobalAveragePool", {}, ImportGlobalAveragePool},
      {"Identity", {}, ImportIdentity},
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
  };
  return *operators;
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
    for (const onnx::AttributeProto& attribute : node.attribute())
      if (std::find(op.attributes.begin(), op.attributes.end(),
                    attribute.name()) == op.attributes.end())
        return Unsupported(node, absl::StrCat("attribute '", attribute.name(),
                                              "' is not supported"));
    return op.import(node, import);
  }
  return UnknownOperator(node);
}

}  // namespace lockstep::quant
