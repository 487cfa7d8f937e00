#include "quant/qdq_export.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "quant/integer_graph.h"
#include "quant/onnx_write.h"
#include "quant/quantize_conv.h"

namespace lockstep::quant {
namespace {

constexpr int kIrVersion = 8;
constexpr int kOpset = 13;  // the first with scales per channel

// q stands for (q - zero_point) * scale.
struct Affine {
  double scale = 1;
  uint8_t zero_point = 0;
};

// Of a tensor that may be negative; 0 is a step.
Affine SignedEncoding(const Range& range) {
  const double min = std::min(range.min, 0.0f), max = std::max(range.max, 0.0f);
  const double scale = max > min ? (max - min) / 255 : 1;
  return {scale, static_cast<uint8_t>(std::lround(-min / scale))};
}

// Pixels: the zero point is where the net's padding reads.
Affine PixelEncoding(const Normalization& normalization) {
  double sum = 0;
  for (float mean : normalization.mean) sum += mean;
  const long zero = std::lround(255 * sum / kCifarChannels);
  return {1, static_cast<uint8_t>(std::clamp<long>(zero, 0, 255))};
}

// A Gemm: the window is the whole map.
bool IsMatrix(const Window& w, const Shape& in, const Shape& out) {
  return out.height == 1 && out.width == 1 && w.kernel_h == in.height &&
         w.kernel_w == in.width && w.pad_top + w.pad_left == 0;
}

// [out][taps][in] to ONNX's [out][in][taps].
std::vector<int8_t> ChannelsFirst(const std::vector<int8_t>& from,
                                  size_t channels, size_t taps) {
  std::vector<int8_t> to(from.size());
  for (size_t i = 0; i < from.size(); ++i) {
    const size_t in = i % channels, tap = i / channels % taps;
    to[i - i % (channels * taps) + in * taps + tap] = from[i];
  }
  return to;
}

// Weights, scales and bias of a convolution as the file has them.
struct Constants {
  std::vector<int8_t> weights;  // [out][taps][in]
  std::vector<float> weight_scale, bias_scale;
  std::vector<int32_t> bias;
};

// Channel c over inputs that are read as q - zero_point. A step of a bias is at
// least 2^-30 of it: a channel with next to no weights gets coarser ones.
void AddChannel(const QuantizedConv& conv, const Affine& input, size_t c,
                Constants& out) {
  const size_t count = conv.weights.size() / conv.bias.size();
  const float scale = conv.weight_scale[c];
  const float used = std::max<float>(
      scale, std::ldexp(std::abs(conv.bias[c]), -30) / input.scale);
  int32_t sum = 0;
  for (size_t i = c * count; i < (c + 1) * count; ++i) {
    out.weights.push_back(std::lround(conv.weights[i] * (scale / used)));
    sum += out.weights.back();
  }
  const float step = used * float(input.scale);
  out.weight_scale.push_back(used);
  out.bias_scale.push_back(step);
  out.bias.push_back(std::lround(conv.bias[c] / step) + sum * input.zero_point);
}

// Walks the float nodes in order and writes those that something reads.
class Exporter {
 public:
  Exporter(const FloatGraph& graph, const std::vector<Range>& ranges,
           const Normalization& normalization)
      : graph_(graph),
        ranges_(ranges),
        normalization_(normalization),
        uses_(UseCounts(graph)),
        is_term_(graph.shapes.size()),
        values_(graph.shapes.size()) {
    for (const FloatNode& node : graph.nodes)
      if (node.op == Op::kAdd)
        for (int input : node.inputs) is_term_[input] = true;
  }

  absl::StatusOr<onnx::ModelProto> Export() {
    Describe();
    DescribeBatch("pixels", onnx::TensorProto::UINT8,
                  {kCifarChannels, kCifarSide, kCifarSide}, *out_.add_input());
    values_[0] = {"pixels", PixelEncoding(normalization_), 4};
    values_[0].name = Dequantize("pixels", "pixels", values_[0].encoding);
    for (int value = 1; value < graph_.shapes.size(); ++value) {
      if (uses_[value] == 0) continue;
      const absl::Status status = Visit(value);
      if (!status.ok()) return status;
    }
    DescribeBatch("logits", onnx::TensorProto::FLOAT, {kCifarClasses},
                  *out_.add_output());
    return std::move(model_);
  }

 private:
  // A float tensor of the file. The encoding is that of the DequantizeLinear
  // that made it, if one did.
  struct Value {
    std::string name;
    Affine encoding;
    int rank = 4;  // 2 from a Gemm on
  };

  const FloatNode& Maker(int value) const { return graph_.nodes[value - 1]; }

  // Nodes of a model may lack names, or share one.
  std::string Name(int value) const {
    return absl::StrCat(Maker(value).name, "_", value);
  }

  void Describe() {
    model_.set_ir_version(kIrVersion);
    model_.set_producer_name("lockstep");
    model_.add_opset_import()->set_version(kOpset);
    AddMetadata("lockstep.mean", absl::StrJoin(normalization_.mean, ","),
                model_);
    AddMetadata("lockstep.std", absl::StrJoin(normalization_.std, ","), model_);
    out_.set_name("quantised");
    out_.set_doc_string(
        "pixels are raw bytes: lockstep.mean and lockstep.std are in the first "
        "layer's weights");
  }

  absl::Status Visit(int value) {
    const FloatNode& node = Maker(value);
    if (node.op == Op::kConv) return VisitConv(value);
    std::vector<std::string> inputs;
    for (int input : node.inputs) inputs.push_back(values_[input].name);
    onnx::NodeProto& made = Compute(OpName(node.op), value, inputs);
    if (node.op == Op::kMaxPool || node.op == Op::kAveragePool)
      SetWindow(made, node.window);
    if (node.op == Op::kAveragePool) SetInt(made, "count_include_pad", 1);
    if (node.op == Op::kMaxPool) {
      Store(value, values_[node.inputs[0]].encoding);
    } else if (node.op != Op::kAdd) {
      Store(value, {ActivationEncoding(ranges_[value]).scale, 0});
    }
    return absl::OkStatus();
  }

  absl::Status VisitConv(int value) {
    const FloatNode& node = Maker(value);
    const int from = node.inputs[0];
    const Shape& in = graph_.shapes[from];
    const bool matrix = IsMatrix(node.window, in, graph_.shapes[value]);
    if (!matrix && values_[from].rank != 4)
      return absl::UnimplementedError(absl::StrCat(
          "node '", node.name, "' (Conv): reads a matrix's output"));
    const auto constants = Quantize(node, values_[from].encoding);
    if (!constants.ok()) return constants.status();
    std::vector<std::string> inputs = {matrix ? Flat(from)
                                              : values_[from].name};
    AddConstants(value, *constants, matrix, inputs);
    onnx::NodeProto& made = Compute(matrix ? "Gemm" : "Conv", value, inputs);
    if (matrix)
      SetInt(made, "transB", 1);
    else
      SetWindow(made, node.window);
    values_[value].rank = matrix ? 2 : 4;
    if (is_term_[value]) Store(value, SignedEncoding(ranges_[value]));
    if (value == graph_.output) NameOutput(value);
    return absl::OkStatus();
  }

  absl::StatusOr<Constants> Quantize(const FloatNode& node,
                                     const Affine& input) const {
    const int from = node.inputs[0];
    const auto conv =
        QuantizeConv(from == 0 ? FoldNormalization(node, normalization_) : node,
                     graph_.shapes[from].channels, {input.scale, 255});
    if (!conv.ok()) return conv.status();
    Constants constants;
    for (size_t c = 0; c < conv->bias.size(); ++c)
      AddChannel(*conv, input, c, constants);
    return constants;
  }

  void AddConstants(int value, const Constants& constants, bool matrix,
                    std::vector<std::string>& inputs) {
    const FloatNode& node = Maker(value);
    const Window& w = node.window;
    const int64_t outputs = constants.bias.size();
    const int64_t channels = graph_.shapes[node.inputs[0]].channels;
    const int64_t taps = w.kernel_h * w.kernel_w;
    std::vector<int64_t> dims = {outputs, channels, w.kernel_h, w.kernel_w};
    if (matrix) dims = {outputs, channels * taps};
    const std::string name = Name(value);
    AddTensor(out_, name + ".weight", onnx::TensorProto::INT8, dims,
              RawData(ChannelsFirst(constants.weights, channels, taps)));
    // ONNX Runtime fuses a Gemm only if its weights have zero points.
    AddTensor(out_, name + ".weight.zero_point", onnx::TensorProto::INT8,
              {outputs}, std::string(outputs, '\0'));
    AddTensor(out_, name + ".bias", onnx::TensorProto::INT32, {outputs},
              RawData(constants.bias));
    inputs.push_back(DequantizeChannels(name + ".weight",
                                        constants.weight_scale,
                                        {name + ".weight.zero_point"}));
    inputs.push_back(
        DequantizeChannels(name + ".bias", constants.bias_scale, {}));
  }

  // A DequantizeLinear with a scale for each element of axis 0.
  std::string DequantizeChannels(const std::string& name,
                                 const std::vector<float>& scale,
                                 const std::vector<std::string>& zero_points) {
    std::vector<std::string> inputs = {
        name, AddTensor(out_, name + ".scale", onnx::TensorProto::FLOAT,
                        {int64_t(scale.size())}, RawData(scale))};
    inputs.insert(inputs.end(), zero_points.begin(), zero_points.end());
    onnx::NodeProto& node =
        AddNode(out_, "DequantizeLinear", name + ".float", inputs);
    SetInt(node, "axis", 0);
    return node.name();
  }

  // Constants of one encoding: {scale, zero point}.
  std::vector<std::string> AddEncoding(const std::string& name,
                                       const Affine& encoding) {
    return {
        AddTensor(out_, name + ".scale", onnx::TensorProto::FLOAT, {},
                  RawData(std::vector<float>{float(encoding.scale)})),
        AddTensor(out_, name + ".zero_point", onnx::TensorProto::UINT8, {},
                  RawData(std::vector<uint8_t>{encoding.zero_point})),
    };
  }

  std::string Dequantize(const std::string& name, const std::string& stored,
                         const Affine& encoding) {
    const std::vector<std::string> e = AddEncoding(name, encoding);
    return AddNode(out_, "DequantizeLinear", name + ".float",
                   {stored, e[0], e[1]})
        .name();
  }

  // From now on `value` is what 8 bits keep of it.
  void Store(int value, const Affine& encoding) {
    values_[value] = {QuantizeAndBack(values_[value].name, encoding), encoding,
                      values_[value].rank};
  }

  std::string QuantizeAndBack(const std::string& name, const Affine& encoding) {
    const std::vector<std::string> e = AddEncoding(name, encoding);
    AddNode(out_, "QuantizeLinear", name + ".u8", {name, e[0], e[1]});
    return AddNode(out_, "DequantizeLinear", name + ".float",
                   {name + ".u8", e[0], e[1]})
        .name();
  }

  // `value` as [N][elements]. It is stored, so that a Gemm reads 8 bits.
  std::string Flat(int value) {
    const Value& from = values_[value];
    if (from.rank == 2) return from.name;
    const std::string name = absl::StrCat("flat_", out_.node_size());
    SetInt(AddNode(out_, "Flatten", name, {from.name}), "axis", 1);
    return QuantizeAndBack(name, from.encoding);
  }

  onnx::NodeProto& Compute(const std::string& type, int value,
                           const std::vector<std::string>& inputs) {
    values_[value].name = Name(value);
    for (int input : Maker(value).inputs)
      values_[value].rank = std::min(values_[value].rank, values_[input].rank);
    return AddNode(out_, type, Name(value), inputs);
  }

  static void SetWindow(onnx::NodeProto& node, const Window& w) {
    SetInts(node, "kernel_shape", {w.kernel_h, w.kernel_w});
    SetInts(node, "pads", {w.pad_top, w.pad_left, w.pad_bottom, w.pad_right});
    SetInts(node, "strides", {w.stride_h, w.stride_w});
  }

  // The last node makes "logits" [N][classes].
  void NameOutput(int value) {
    if (values_[value].rank == 4)
      AddNode(out_, "Flatten", "flat_logits", {values_[value].name});
    out_.mutable_node(out_.node_size() - 1)->set_output(0, "logits");
  }

  const FloatGraph& graph_;
  const std::vector<Range>& ranges_;
  const Normalization& normalization_;
  const std::vector<int> uses_;
  std::vector<bool> is_term_;  // read by an Add
  std::vector<Value> values_;  // of each float value
  onnx::ModelProto model_;
  onnx::GraphProto& out_ = *model_.mutable_graph();
};

}  // namespace

absl::StatusOr<onnx::ModelProto> QdqModel(const FloatGraph& graph,
                                          const std::vector<Range>& ranges,
                                          const Normalization& normalization) {
  const auto accepted = BuildIntegerGraph(graph, ranges, normalization);
  if (!accepted.ok()) return accepted.status();
  return Exporter(graph, ranges, normalization).Export();
}

}  // namespace lockstep::quant
