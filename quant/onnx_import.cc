#include "quant/onnx_import.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "quant/onnx_tensor.h"

namespace lockstep::quant {
namespace {

bool AllEqual(const std::vector<int>& values, int expected) {
  return std::all_of(values.begin(), values.end(),
                     [&](int v) { return v == expected; });
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
  const absl::StatusOr<int> value = AppendNode(std::move(made), import.graph);
  if (!value.ok()) return value.status();
  return Define(node, {nullptr, *value, rank}, import);
}

const Shape& ShapeOf(const Operand& operand, const Import& import) {
  return import.graph.shapes[operand.value];
}

bool HasInput(const onnx::NodeProto& node, int input) {
  return input < node.input_size() && !node.input(input).empty();
}

absl::StatusOr<Window> ReadWindow(const onnx::NodeProto& node,
                                  std::vector<int> kernel) {
  const onnx::AttributeProto* automatic = FindAttribute(node, "auto_pad");
  if (automatic != nullptr && automatic->s() != "NOTSET")
    return Unsupported(node, "auto_pad must be NOTSET, with explicit pads");
  const auto dilations = IntsAttribute(node, "dilations", 2, 1);
  if (!dilations.ok()) return dilations.status();
  if (!AllEqual(*dilations, 1)) return Unsupported(node, "dilations must be 1");
  if (FindAttribute(node, "kernel_shape") != nullptr || kernel.empty()) {
    const auto given = IntsAttribute(node, "kernel_shape", 2, 0);
    if (!given.ok()) return given.status();
    if (!kernel.empty() && kernel != *given)
      return BadNode(node, "kernel_shape differs from the weights' shape");
    kernel = *given;
  }
  const auto strides = IntsAttribute(node, "strides", 2, 1);
  if (!strides.ok()) return strides.status();
  const auto pads = IntsAttribute(node, "pads", 4, 0);
  if (!pads.ok()) return pads.status();
  return Window{kernel[0],  kernel[1],  (*strides)[0], (*strides)[1],
                (*pads)[0], (*pads)[1], (*pads)[2],    (*pads)[3]};
}

absl::StatusOr<std::vector<float>> FindVector(const onnx::NodeProto& node,
                                              int input, size_t count,
                                              const Import& import) {
  const auto tensor = FindConstant(node, input, import);
  if (!tensor.ok()) return tensor.status();
  auto elements = FloatElements(**tensor);
  if (!elements.ok() || elements->size() == count) return elements;
  return BadNode(node, absl::StrCat("tensor ", Describe(**tensor),
                                    " must have ", count, " elements"));
}

}  // namespace lockstep::quant
