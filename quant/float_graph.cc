#include "quant/float_graph.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"

namespace lockstep::quant {
namespace {

constexpr int64_t kMaxWeights = int64_t{1} << 26;
constexpr int64_t kMaxPoolWork = int64_t{1} << 26;

absl::Status Refuse(const FloatNode& node, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("node '", node.name, "' (", OpName(node.op), "): ", why));
}

bool AllFinite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(),
                     [](float v) { return std::isfinite(v); });
}

bool AllFinite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(),
                     [](double v) { return std::isfinite(v); });
}

bool InRange(int value, int low, int high) {
  return value >= low && value <= high;
}

absl::Status CheckWindow(const FloatNode& node) {
  const Window& w = node.window;
  for (int side : {w.kernel_h, w.kernel_w, w.stride_h, w.stride_w})
    if (!InRange(side, 1, kMaxSide))
      return Refuse(node, absl::StrCat("window or stride ", side,
                                       " is outside 1..", kMaxSide));
  if (!InRange(w.pad_top, 0, w.kernel_h - 1) ||
      !InRange(w.pad_bottom, 0, w.kernel_h - 1) ||
      !InRange(w.pad_left, 0, w.kernel_w - 1) ||
      !InRange(w.pad_right, 0, w.kernel_w - 1))
    return Refuse(node, "padding must be 0 or more and less than the window");
  return absl::OkStatus();
}

absl::StatusOr<Shape> WindowShape(const FloatNode& node, const Shape& in,
                                  int channels) {
  absl::Status status = CheckWindow(node);
  if (!status.ok()) return status;
  const Window& w = node.window;
  const int rows = in.height + w.pad_top + w.pad_bottom - w.kernel_h;
  const int columns = in.width + w.pad_left + w.pad_right - w.kernel_w;
  if (rows < 0 || columns < 0)
    return Refuse(node,
                  absl::StrCat("a ", w.kernel_h, "x", w.kernel_w,
                               " window does not fit into ", in.ToString()));
  return Shape{channels, rows / w.stride_h + 1, columns / w.stride_w + 1};
}

absl::StatusOr<Shape> ConvShape(const FloatNode& node, const Shape& in) {
  const size_t out = node.bias.size();
  const size_t per_output = size_t(in.channels) * size_t(node.window.kernel_h) *
                            size_t(node.window.kernel_w);
  const absl::StatusOr<Shape> shape = WindowShape(node, in, out);
  if (!shape.ok()) return shape;
  if (out == 0 || node.weights.size() / out != per_output ||
      node.weights.size() % out != 0)
    return Refuse(
        node, absl::StrCat(node.weights.size(), " weights and ", out,
                           " biases do not fit an input of ", in.ToString()));
  if (!AllFinite(node.weights) || !AllFinite(node.bias))
    return Refuse(node, "a weight or bias is not a finite number");
  return shape;
}

absl::StatusOr<Shape> AffineShape(const FloatNode& node, const Shape& in) {
  if (node.scale.size() != in.channels || node.shift.size() != in.channels)
    return Refuse(
        node, absl::StrCat(node.scale.size(), " scales and ", node.shift.size(),
                           " shifts for an input of ", in.ToString()));
  if (!AllFinite(node.scale) || !AllFinite(node.shift))
    return Refuse(node, "a scale or shift is not a finite number");
  return in;
}

absl::StatusOr<Shape> AddShape(const FloatNode& node, const Shape& a,
                               const Shape& b) {
  if (a == b) return a;
  return Refuse(
      node, absl::StrCat("cannot add ", a.ToString(), " and ", b.ToString()));
}

absl::StatusOr<Shape> OutputShape(const FloatNode& node,
                                  const FloatGraph& graph) {
  const Shape& in = graph.shapes[node.inputs[0]];
  switch (node.op) {
    case Op::kConv:
      return ConvShape(node, in);
    case Op::kAffine:
      return AffineShape(node, in);
    case Op::kRelu:
      return in;
    case Op::kAdd:
      return AddShape(node, in, graph.shapes[node.inputs[1]]);
    case Op::kMaxPool:
    case Op::kAveragePool:
      return WindowShape(node, in, in.channels);
    case Op::kGlobalAveragePool:
      return Shape{in.channels, 1, 1};
  }
  return Refuse(node, "unknown operator");
}

absl::Status CheckInputs(const FloatNode& node, const FloatGraph& graph) {
  if (node.inputs.size() != (node.op == Op::kAdd ? 2 : 1))
    return Refuse(node, absl::StrCat("has ", node.inputs.size(), " inputs"));
  for (int input : node.inputs)
    if (!InRange(input, 0, graph.nodes.size()))
      return Refuse(node, absl::StrCat("reads undefined value ", input));
  return absl::OkStatus();
}

int64_t Macs(const FloatNode& node, const Shape& out) {
  if (node.op != Op::kConv) return 0;
  return int64_t(node.weights.size()) * out.height * out.width;
}

// Elements of the input with the window's border, which the engines store.
int64_t BorderedSize(const FloatNode& node, const Shape& in) {
  const Window& w = node.window;
  return Shape{in.channels, in.height + w.pad_top + w.pad_bottom,
               in.width + w.pad_left + w.pad_right}
      .size();
}

// Comparisons or additions of a pooling node, an image.
int64_t PoolWork(const FloatNode& node, const Shape& out) {
  if (node.op != Op::kMaxPool && node.op != Op::kAveragePool) return 0;
  return out.size() * node.window.kernel_h * node.window.kernel_w;
}

// Sums over the graph stay inside their limits with `node` appended.
absl::Status CheckLimits(const FloatNode& node, const Shape& shape,
                         const FloatGraph& graph) {
  int64_t elements = shape.size(), weights = node.weights.size();
  for (const Shape& other : graph.shapes) elements += other.size();
  for (const FloatNode& other : graph.nodes) weights += other.weights.size();
  if (graph.nodes.size() >= kMaxNodes || elements > kMaxElements ||
      weights > kMaxWeights ||
      node.weights.size() > kMaxTaps * node.bias.size() ||
      BorderedSize(node, graph.shapes[node.inputs[0]]) > kMaxElements ||
      PoolWork(node, shape) > kMaxPoolWork ||
      Macs(node, shape) > kMaxMacs - CountMacs(graph))
    return Refuse(node,
                  "the net is too large (limits: 10000 nodes, 2^24 elements, "
                  "2^26 taps a pooling node, 2^20 weights an output, "
                  "2^26 weights, 10^11 multiplications)");
  return absl::OkStatus();
}

void Fold(const FloatNode& affine, FloatNode& conv) {
  const size_t per_output = conv.weights.size() / conv.bias.size();
  for (size_t i = 0; i < conv.weights.size(); ++i)
    conv.weights[i] = conv.weights[i] * affine.scale[i / per_output];
  for (size_t c = 0; c < conv.bias.size(); ++c)
    conv.bias[c] = conv.bias[c] * affine.scale[c] + affine.shift[c];
}

}  // namespace

std::string Shape::ToString() const {
  return absl::StrCat(channels, "x", height, "x", width);
}

const char* OpName(Op op) {
  switch (op) {
    case Op::kConv:
      return "Conv";
    case Op::kAffine:
      return "BatchNormalization";
    case Op::kRelu:
      return "Relu";
    case Op::kAdd:
      return "Add";
    case Op::kMaxPool:
      return "MaxPool";
    case Op::kAveragePool:
      return "AveragePool";
    case Op::kGlobalAveragePool:
      return "GlobalAveragePool";
  }
  return "?";
}

FloatGraph EmptyGraph(const Shape& shape) {
  FloatGraph graph;
  graph.shapes.push_back(shape);
  return graph;
}

absl::StatusOr<int> AppendNode(FloatNode node, FloatGraph& graph) {
  absl::Status status = CheckInputs(node, graph);
  if (!status.ok()) return status;
  const absl::StatusOr<Shape> shape = OutputShape(node, graph);
  if (!shape.ok()) return shape.status();
  status = CheckLimits(node, *shape, graph);
  if (!status.ok()) return status;
  graph.nodes.push_back(std::move(node));
  graph.shapes.push_back(*shape);
  return graph.output = graph.nodes.size();
}

std::vector<int> UseCounts(const FloatGraph& graph) {
  std::vector<int> uses(graph.shapes.size());
  for (const FloatNode& node : graph.nodes)
    for (int input : node.inputs) ++uses[input];
  ++uses[graph.output];
  return uses;
}

int64_t CountMacs(const FloatGraph& graph) {
  int64_t macs = 0;
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    macs += Macs(graph.nodes[i], graph.shapes[i + 1]);
  return macs;
}

absl::StatusOr<FloatGraph> FoldBatchNorm(const FloatGraph& graph) {
  const std::vector<int> uses = UseCounts(graph);
  FloatGraph folded = EmptyGraph(graph.shapes[0]);
  std::vector<int> renamed = {0};  // old value number -> new
  for (const FloatNode& old : graph.nodes) {
    FloatNode node = old;
    for (int& input : node.inputs) input = renamed[input];
    if (node.op == Op::kAffine) {
      const int conv = node.inputs[0] - 1;
      if (conv < 0 || folded.nodes[conv].op != Op::kConv ||
          uses[old.inputs[0]] != 1)
        return absl::UnimplementedError(absl::StrCat(
            "node '", node.name,
            "' (BatchNormalization, or Add of a constant) does not directly "
            "follow a convolution or matrix that nothing else reads"));
      Fold(node, folded.nodes[conv]);
      renamed.push_back(node.inputs[0]);
      continue;
    }
    const absl::StatusOr<int> value = AppendNode(std::move(node), folded);
    if (!value.ok()) return value.status();
    renamed.push_back(*value);
  }
  folded.output = renamed[graph.output];
  for (const FloatNode& node : folded.nodes)
    if (!AllFinite(node.weights) || !AllFinite(node.bias))
      return Refuse(node, "batch norm makes a weight that is not finite");
  return folded;
}

}  // namespace lockstep::quant
