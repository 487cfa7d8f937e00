#include "quant/onnx_import.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "quant/onnx_tensor.h"

namespace lockstep::quant {
namespace {

// Constants are often nameless; the node that reads one has a name.
template <typename T>
absl::StatusOr<T> AtNode(const onnx::NodeProto& node,
                         absl::StatusOr<T> elements) {
  if (elements.ok()) return elements;
  return BadNode(node, elements.status().message());
}

// The last dims of the constant as those of a value [N,C] or [N,C,H,W]: one
// element for all of each axis but the channels'.
bool IsChannelVector(const onnx::TensorProto& tensor, int64_t channels,
                     int rank) {
  const int missing = rank - tensor.dims_size();
  if (missing < 0) return false;
  for (int i = 0; i < tensor.dims_size(); ++i)
    if (tensor.dims(i) != 1 && (i + missing != 1 || tensor.dims(i) != channels))
      return false;
  return true;
}

}  // namespace

absl::StatusOr<Operand> Find(const onnx::NodeProto& node, int input,
                             const Import& import) {
  if (input >= node.input_size())
    return BadNode(node, absl::StrCat("has no input ", input));
  const auto found = import.names.find(node.input(input));
  if (found == import.names.end())
    return BadNode(node, absl::StrCat("reads '", node.input(input),
                                      "', which no earlier node makes"));
  if (found->second.softmax != nullptr)
    return Unsupported(*found->second.softmax,
                       absl::StrCat("must be the net's last node, but node '",
                                    NodeName(node), "' reads it"));
  return found->second;
}

absl::StatusOr<Operand> FindValue(const onnx::NodeProto& node, int input,
                                  int rank, const Import& import) {
  absl::StatusOr<Operand> operand = Find(node, input, import);
  if (!operand.ok()) return operand;
  if (operand->constant != nullptr)
    return Unsupported(node, absl::StrCat("input ", input, " is a constant"));
  if (rank != 0 && operand->rank != rank)
    return BadNode(node, absl::StrCat("input ", input, " has rank ",
                                      operand->rank, ", expected ", rank));
  return operand;
}

absl::StatusOr<const onnx::TensorProto*> FindConstant(
    const onnx::NodeProto& node, int input, const Import& import) {
  const absl::StatusOr<Operand> operand = Find(node, input, import);
  if (!operand.ok()) return operand.status();
  if (operand->constant == nullptr)
    return Unsupported(node, absl::StrCat("input ", input,
                                          " must be a constant (initializer)"));
  return operand->constant;
}

absl::Status Define(const onnx::NodeProto& node, Operand operand,
                    Import& import) {
  if (node.output_size() == 0 || node.output(0).empty())
    return BadNode(node, "has no output");
  if (!import.names.emplace(node.output(0), operand).second)
    return BadNode(node, absl::StrCat("defines '", node.output(0), "' again"));
  return absl::OkStatus();
}

absl::Status Append(const onnx::NodeProto& node, FloatNode made, int rank,
                    Import& import) {
  import.weights_left -=
      made.weights.size() + made.scale.size() + made.shift.size();
  if (import.weights_left < 0)
    return Unsupported(node,
                       "shares its weights: the net has more than twice those "
                       "that the file holds");
  const absl::StatusOr<int> value = AppendNode(std::move(made), import.graph);
  if (!value.ok()) return value.status();
  return Define(node, {nullptr, *value, rank, nullptr}, import);
}

const Shape& ShapeOf(const Operand& operand, const Import& import) {
  return import.graph.shapes[operand.value];
}

bool HasInput(const onnx::NodeProto& node, int input) {
  return input < node.input_size() && !node.input(input).empty();
}

absl::StatusOr<std::vector<float>> FindFloats(const onnx::NodeProto& node,
                                              int input, const Import& import) {
  const auto tensor = FindConstant(node, input, import);
  if (!tensor.ok()) return tensor.status();
  return AtNode(node, FloatElements(**tensor));
}

absl::StatusOr<std::vector<int64_t>> FindInts(const onnx::NodeProto& node,
                                              int input, const Import& import) {
  const auto tensor = FindConstant(node, input, import);
  if (!tensor.ok()) return tensor.status();
  return AtNode(node, IntElements(**tensor));
}

absl::StatusOr<std::vector<int64_t>> FindAxes(const onnx::NodeProto& node,
                                              int input_since, int rank,
                                              const Import& import) {
  absl::StatusOr<std::vector<int64_t>> axes = std::vector<int64_t>();
  if (import.opset >= input_since) {
    if (HasInput(node, 1)) axes = FindInts(node, 1, import);
    if (!axes.ok()) return axes;
  } else if (const auto* given = FindAttribute(node, "axes")) {
    axes->assign(given->ints().begin(), given->ints().end());
  }
  for (int64_t& axis : *axes)
    if (axis < 0) axis += rank;
  std::sort(axes->begin(), axes->end());
  return axes;
}

absl::StatusOr<std::vector<float>> FindVector(const onnx::NodeProto& node,
                                              int input, size_t count,
                                              const Import& import) {
  auto elements = FindFloats(node, input, import);
  if (!elements.ok() || elements->size() == count) return elements;
  return BadNode(node,
                 absl::StrCat("tensor '", node.input(input), "' has ",
                              elements->size(), " elements, expected ", count));
}

absl::StatusOr<std::vector<float>> FindBias(const onnx::NodeProto& node,
                                            int input, size_t channels,
                                            int rank, const Import& import) {
  const auto tensor = FindConstant(node, input, import);
  if (!tensor.ok()) return tensor.status();
  if (!IsChannelVector(**tensor, channels, rank))
    return Unsupported(
        node, absl::StrCat("tensor ", Describe(**tensor),
                           " must hold a number for each of ", channels,
                           " channels, or one for all"));
  auto elements = FindFloats(node, input, import);
  if (elements.ok() && elements->size() == 1)
    elements->resize(channels, elements->front());
  return elements;
}

}  // namespace lockstep::quant
