#include "quant/qdq_export.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "quant/onnx_write.h"

namespace lockstep::quant {
namespace {

constexpr int kIrVersion = 8;
constexpr int kOpset = 13;  // the first with scales per channel

// A Gemm: the window is the whole map.
bool IsMatrix(const Window& w, const Shape& in, const Shape& out) {
  return out.height == 1 && out.width == 1 && w.kernel_h == in.height &&
         w.kernel_w == in.width && w.pad_top + w.pad_left == 0;
}

// Values that the output needs.
std::vector<bool> Needed(const FloatGraph& graph) {
  std::vector<bool> needed(graph.shapes.size());
  needed[graph.output] = true;
  for (size_t i = graph.nodes.size(); i-- > 0;)
    if (needed[i + 1])
      for (int input : graph.nodes[i].inputs) needed[input] = true;
  return needed;
}

absl::Status Refuse(const FloatNode& node, absl::string_view why) {
  return absl::UnimplementedError(
      absl::StrCat("node '", node.name, "' (", OpName(node.op), "): ", why));
}

void SetWindow(onnx::NodeProto& node, const Window& w) {
  SetInts(node, "kernel_shape", {w.kernel_h, w.kernel_w});
  SetInts(node, "pads", {w.pad_top, w.pad_left, w.pad_bottom, w.pad_right});
  SetInts(node, "strides", {w.stride_h, w.stride_w});
}

// Walks the float nodes in order and writes those that the output needs.
class Exporter {
 public:
  explicit Exporter(const QuantizedGraph& graph)
      : quantized_(graph),
        graph_(graph.graph),
        values_(graph.graph.shapes.size()) {}

  absl::StatusOr<onnx::ModelProto> Export(
      const std::map<std::string, std::string>& metadata) {
    Describe(metadata);
    WriteInput();
    const std::vector<bool> needed = Needed(graph_);
    for (int value = 1; value <= graph_.nodes.size(); ++value) {
      if (!needed[value]) continue;
      const absl::Status status = Write(value);
      if (!status.ok()) return status;
    }
    WriteOutput();
    return std::move(model_);
  }

 private:
  // The float tensor that stands for a value, decoded if it is stored.
  struct Value {
    std::string name;
    int rank = 4;  // 2 from a Gemm on
  };

  void Describe(const std::map<std::string, std::string>& metadata) {
    model_.set_ir_version(kIrVersion);
    model_.set_producer_name("lockstep");
    model_.add_opset_import()->set_version(kOpset);
    for (const auto& [key, value] : metadata) AddMetadata(key, value, model_);
    out_.set_name("quantised");
    out_.set_doc_string(
        "pixels are raw bytes: their mean and standard deviation are in the "
        "first layer's weights");
  }

  void WriteInput() {
    DescribeBatch("pixels", onnx::TensorProto::UINT8,
                  {kCifarChannels, kCifarSide, kCifarSide}, *out_.add_input());
    const InputEncoding& input = quantized_.input;
    const auto& zero = input.zero_point;
    const bool one = zero[0] == zero[1] && zero[0] == zero[2];
    const size_t count = one ? 1 : zero.size();
    onnx::NodeProto& made = Dequantize(
        "pixels", "pixels.float",
        AddEncoding("pixels", std::vector<float>(count, input.scale),
                    std::vector<uint8_t>(zero.begin(), zero.begin() + count)));
    if (!one) SetInt(made, "axis", 1);
    values_[0].name = made.output(0);
  }

  absl::Status Write(int value) {
    const FloatNode& node = graph_.nodes[value - 1];
    absl::Status status;
    switch (node.op) {
      case Op::kConv:
        status = WriteConv(node, value);
        break;
      case Op::kMaxPool:
      case Op::kAveragePool:
      case Op::kGlobalAveragePool:
        status = WritePool(node, value);
        break;
      case Op::kRelu:
      case Op::kAdd:
        WriteElementwise(node, value);
        break;
      case Op::kAffine:
        return Refuse(node, "fold it into the convolution first");
    }
    if (status.ok() && quantized_.encodings[value])
      values_[value].name =
          Store(values_[value].name, *quantized_.encodings[value]);
    return status;
  }

  absl::Status WritePool(const FloatNode& node, int value) {
    const Value& from = values_[node.inputs[0]];
    if (from.rank != 4) return Refuse(node, "reads a matrix's output");
    onnx::NodeProto& made = Compute(OpName(node.op), value, {from.name}, 4);
    if (node.op != Op::kGlobalAveragePool) SetWindow(made, node.window);
    if (node.op == Op::kAveragePool) SetInt(made, "count_include_pad", 1);
    return absl::OkStatus();
  }

  // Terms of an Add may differ in rank, but not in shape otherwise.
  void WriteElementwise(const FloatNode& node, int value) {
    int rank = 4;
    for (int input : node.inputs) rank = std::min(rank, values_[input].rank);
    std::vector<std::string> inputs;
    for (int input : node.inputs)
      inputs.push_back(rank == 2 ? Flat(input) : values_[input].name);
    Compute(OpName(node.op), value, inputs, rank);
  }

  absl::Status WriteConv(const FloatNode& node, int value) {
    const int from = node.inputs[0];
    const Shape& in = graph_.shapes[from];
    const bool matrix = IsMatrix(node.window, in, graph_.shapes[value]);
    if (!matrix && values_[from].rank != 4)
      return Refuse(node, "reads a matrix's output");
    std::vector<std::string> inputs = {matrix ? Flat(from)
                                              : values_[from].name};
    AddConstants(value, matrix, inputs);
    onnx::NodeProto& made =
        Compute(matrix ? "Gemm" : "Conv", value, inputs, matrix ? 2 : 4);
    if (matrix)
      SetInt(made, "transB", 1);
    else
      SetWindow(made, node.window);
    return absl::OkStatus();
  }

  void AddConstants(int value, bool matrix, std::vector<std::string>& inputs) {
    const QuantizedWeights& w = quantized_.weights[value - 1];
    const Window& window = graph_.nodes[value - 1].window;
    const int64_t outputs = w.bias.size();
    const int64_t taps = int64_t{window.kernel_h} * window.kernel_w;
    const int64_t count = w.values.size() / outputs;
    std::vector<int64_t> dims = {outputs, count};
    if (!matrix)
      dims = {outputs, count / taps, window.kernel_h, window.kernel_w};
    const std::string weight = TensorName(value) + ".weight";
    const std::string bias = TensorName(value) + ".bias";
    AddTensor(out_, weight, onnx::TensorProto::INT8, dims, RawData(w.values));
    AddTensor(out_, bias, onnx::TensorProto::INT32, {outputs}, RawData(w.bias));
    // ONNX Runtime fuses a Gemm only if its weights have zero points.
    const std::string zero =
        AddTensor(out_, weight + ".zero_point", onnx::TensorProto::INT8,
                  {outputs}, std::string(outputs, '\0'));
    inputs.push_back(DequantizeChannels(weight, w.scale, {zero}));
    inputs.push_back(DequantizeChannels(bias, w.bias_scale, {}));
  }

  // A DequantizeLinear with a scale for each element of axis 0.
  std::string DequantizeChannels(const std::string& name,
                                 const std::vector<float>& scale,
                                 const std::vector<std::string>& zero_points) {
    std::vector<std::string> parameters = {
        AddTensor(out_, name + ".scale", onnx::TensorProto::FLOAT,
                  {int64_t(scale.size())}, RawData(scale))};
    parameters.insert(parameters.end(), zero_points.begin(), zero_points.end());
    onnx::NodeProto& node = Dequantize(name, name + ".float", parameters);
    SetInt(node, "axis", 0);
    return node.output(0);
  }

  onnx::NodeProto& Dequantize(const std::string& from, const std::string& to,
                              std::vector<std::string> parameters) {
    parameters.insert(parameters.begin(), from);
    return AddNode(out_, "DequantizeLinear", to, parameters);
  }

  // Constants of one encoding: {scale, zero point}. One of each is a number.
  std::vector<std::string> AddEncoding(const std::string& name,
                                       const std::vector<float>& scale,
                                       const std::vector<uint8_t>& zero_point) {
    std::vector<int64_t> dims;
    if (scale.size() > 1) dims = {int64_t(scale.size())};
    return {AddTensor(out_, name + ".scale", onnx::TensorProto::FLOAT, dims,
                      RawData(scale)),
            AddTensor(out_, name + ".zero_point", onnx::TensorProto::UINT8,
                      dims, RawData(zero_point))};
  }

  // What 8 bits keep of the float tensor `name`.
  std::string Store(const std::string& name, const Encoding& encoding) {
    const std::vector<std::string> parameters =
        AddEncoding(name, {encoding.scale}, {encoding.zero_point});
    AddNode(out_, "QuantizeLinear", name + ".u8",
            {name, parameters[0], parameters[1]});
    return Dequantize(name + ".u8", name + ".float", parameters).output(0);
  }

  // `value` as [N][elements]. Stored again, so that a Gemm reads 8 bits.
  std::string Flat(int value) {
    if (values_[value].rank == 2) return values_[value].name;
    const std::string name = absl::StrCat("flat", out_.node_size());
    SetInt(AddNode(out_, "Flatten", name, {values_[value].name}), "axis", 1);
    if (value == 0 || !quantized_.encodings[value]) return name;
    return Store(name, *quantized_.encodings[value]);
  }

  // Nodes of a model may lack names, or share one.
  static std::string TensorName(int value) { return absl::StrCat("v", value); }

  onnx::NodeProto& Compute(const std::string& type, int value,
                           const std::vector<std::string>& inputs, int rank) {
    values_[value] = {TensorName(value), rank};
    onnx::NodeProto& node = AddNode(out_, type, TensorName(value), inputs);
    node.set_name(graph_.nodes[value - 1].name);
    return node;
  }

  // The last node makes "logits" [N][classes].
  void WriteOutput() {
    const Value& value = values_[graph_.output];
    if (value.rank == 4)
      SetInt(AddNode(out_, "Flatten", "flat_logits", {value.name}), "axis", 1);
    out_.mutable_node(out_.node_size() - 1)->set_output(0, "logits");
    DescribeBatch("logits", onnx::TensorProto::FLOAT, {kCifarClasses},
                  *out_.add_output());
  }

  const QuantizedGraph& quantized_;
  const FloatGraph& graph_;
  std::vector<Value> values_;  // of each float value
  onnx::ModelProto model_;
  onnx::GraphProto& out_ = *model_.mutable_graph();
};

}  // namespace

absl::StatusOr<onnx::ModelProto> QdqModel(
    const QuantizedGraph& graph,
    const std::map<std::string, std::string>& metadata) {
  if (!graph.input.codes.empty())
    return absl::UnimplementedError(
        "the net's input is not raw pixels but a table of their codes, which a "
        "QDQ model with u8 pixels cannot hold");
  return Exporter(graph).Export(metadata);
}

}  // namespace lockstep::quant
