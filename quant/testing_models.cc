#include "quant/testing_models.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lockstep::quant {
namespace {

// (c, y, x) of a tensor of `shape`, `outside` beyond its edges.
double At(const std::vector<double>& values, const Shape& shape, int c, int y,
          int x, double outside) {
  if (y < 0 || x < 0 || y >= shape.height || x >= shape.width) return outside;
  return values[(c * shape.height + y) * shape.width + x];
}

double ConvAt(const FloatNode& node, const Shape& in,
              const std::vector<double>& values, int o, int oy, int ox) {
  const Window& w = node.window;
  double sum = node.bias[o];
  size_t at = size_t(o) * in.channels * w.kernel_h * w.kernel_w;
  for (int c = 0; c < in.channels; ++c)
    for (int y = 0; y < w.kernel_h; ++y)
      for (int x = 0; x < w.kernel_w; ++x)
        sum += node.weights[at++] * At(values, in, c,
                                       oy * w.stride_h - w.pad_top + y,
                                       ox * w.stride_w - w.pad_left + x, 0);
  return sum;
}

double MaxAt(const FloatNode& node, const Shape& in,
             const std::vector<double>& values, int c, int oy, int ox) {
  const Window& w = node.window;
  const double nothing = -std::numeric_limits<double>::infinity();
  double best = nothing;
  for (int y = 0; y < w.kernel_h; ++y)
    for (int x = 0; x < w.kernel_w; ++x)
      best = std::max(best, At(values, in, c, oy * w.stride_h - w.pad_top + y,
                               ox * w.stride_w - w.pad_left + x, nothing));
  return best;
}

double WindowMeanAt(const FloatNode& node, const Shape& in,
                    const std::vector<double>& values, int c, int oy, int ox) {
  const Window& w = node.window;
  double sum = 0;
  for (int y = 0; y < w.kernel_h; ++y)
    for (int x = 0; x < w.kernel_w; ++x)
      sum += At(values, in, c, oy * w.stride_h - w.pad_top + y,
                ox * w.stride_w - w.pad_left + x, 0);
  return sum / (w.kernel_h * w.kernel_w);
}

double MeanAt(const Shape& in, const std::vector<double>& values, int c) {
  const int map = in.height * in.width;
  double sum = 0;
  for (int i = 0; i < map; ++i) sum += values[c * map + i];
  return sum / map;
}

// A residual block; `stride` 2 halves the map and needs the 1x1 shortcut.
std::string Block(TestingModel& model, std::string value, int in, int out,
                  int stride) {
  std::string shortcut = value;
  value = model.ConvBatchNorm(value, in, out, 3, stride, 1);
  value = model.Node("Relu", {value});
  value = model.ConvBatchNorm(value, out, out, 3, 1, 1);
  if (in != out || stride != 1)
    shortcut = model.ConvBatchNorm(shortcut, in, out, 1, stride, 0);
  return model.Node("Relu", {model.Node("Add", {value, shortcut})});
}

}  // namespace

TestingModel::TestingModel(uint32_t seed) : random_(seed) {
  model_.set_ir_version(8);
  model_.add_opset_import()->set_version(13);
  AddMetadata("lockstep.mean", "0.4914,0.4822,0.4465", model_);
  AddMetadata("lockstep.std", "0.2470,0.2435,0.2616", model_);
  DescribeBatch("input", onnx::TensorProto::FLOAT, {3, 32, 32},
                *graph().add_input());
}

float TestingModel::Uniform() {
  return static_cast<int32_t>(random_()) / 2147483648.0f;
}

std::string TestingModel::Tensor(const std::vector<int64_t>& dims,
                                 const std::vector<float>& values) {
  return AddTensor(graph(), "w" + std::to_string(next_++),
                   onnx::TensorProto::FLOAT, dims, RawData(values));
}

std::string TestingModel::Random(const std::vector<int64_t>& dims,
                                 float deviation) {
  size_t count = 1;
  for (int64_t dim : dims) count *= dim;
  std::vector<float> values(count);
  for (float& value : values) value = std::sqrt(3.0f) * deviation * Uniform();
  return Tensor(dims, values);
}

onnx::NodeProto& TestingModel::last_node() {
  return *graph().mutable_node(graph().node_size() - 1);
}

onnx::NodeProto& TestingModel::NewNode(const std::string& type,
                                       const std::vector<std::string>& inputs) {
  onnx::NodeProto* node = graph().add_node();
  node->set_op_type(type);
  node->set_name(type + std::to_string(next_));
  for (const std::string& input : inputs) node->add_input(input);
  node->add_output("v" + std::to_string(next_++));
  return *node;
}

std::string TestingModel::Node(const std::string& type,
                               const std::vector<std::string>& inputs) {
  return NewNode(type, inputs).output(0);
}

std::string TestingModel::Conv(const std::string& value, int in, int out,
                               int kernel, int stride, int pad, bool bias) {
  const float deviation = std::sqrt(2.0f / (in * kernel * kernel));
  std::vector<std::string> inputs = {
      value, Random({out, in, kernel, kernel}, deviation)};
  if (bias) inputs.push_back(Random({out}, 0.1f));
  onnx::NodeProto& node = NewNode("Conv", inputs);
  SetInts(node, "kernel_shape", {kernel, kernel});
  SetInts(node, "strides", {stride, stride});
  SetInts(node, "pads", {pad, pad, pad, pad});
  SetInts(node, "dilations", {1, 1});
  SetInt(node, "group", 1);
  return node.output(0);
}

std::string TestingModel::BatchNorm(const std::string& value, int channels) {
  std::vector<float> parts[4];
  for (int c = 0; c < channels; ++c) {
    parts[0].push_back(1 + 0.5f * Uniform());
    parts[1].push_back(0.2f * Uniform());
    parts[2].push_back(0.2f * Uniform());
    parts[3].push_back(1 + 0.5f * Uniform());
  }
  std::vector<std::string> inputs = {value};
  for (const auto& part : parts) inputs.push_back(Tensor({channels}, part));
  onnx::NodeProto& node = NewNode("BatchNormalization", inputs);
  onnx::AttributeProto* epsilon = node.add_attribute();
  epsilon->set_name("epsilon");
  epsilon->set_type(onnx::AttributeProto::FLOAT);
  epsilon->set_f(1e-5f);
  return node.output(0);
}

std::string TestingModel::ConvBatchNorm(const std::string& value, int in,
                                        int out, int kernel, int stride,
                                        int pad) {
  return BatchNorm(Conv(value, in, out, kernel, stride, pad), out);
}

std::string TestingModel::MaxPool(const std::string& value, int kernel,
                                  int stride) {
  onnx::NodeProto& node = NewNode("MaxPool", {value});
  SetInts(node, "kernel_shape", {kernel, kernel});
  SetInts(node, "strides", {stride, stride});
  return node.output(0);
}

std::string TestingModel::AveragePool(const std::string& value, int kernel,
                                      int stride, int pad) {
  onnx::NodeProto& node = NewNode("AveragePool", {value});
  SetInts(node, "kernel_shape", {kernel, kernel});
  SetInts(node, "strides", {stride, stride});
  SetInts(node, "pads", {pad, pad, pad, pad});
  SetInt(node, "count_include_pad", 1);
  return node.output(0);
}

std::string TestingModel::Flatten(const std::string& value) {
  onnx::NodeProto& node = NewNode("Flatten", {value});
  SetInt(node, "axis", 1);
  return node.output(0);
}

std::string TestingModel::Gemm(const std::string& value, int in, int out) {
  onnx::NodeProto& node = NewNode(
      "Gemm",
      {value, Random({out, in}, std::sqrt(2.0f / in)), Random({out}, 0.1f)});
  SetInt(node, "transB", 1);
  return node.output(0);
}

onnx::ModelProto TestingModel::Finish(const std::string& output) {
  graph().add_output()->set_name(output);
  return model_;
}

onnx::ModelProto LenetModel(int width) {
  TestingModel model;
  std::string value = model.Conv("input", 3, 6 * width, 5, 1, 0, true);
  value = model.MaxPool(model.Node("Relu", {value}), 2, 2);
  value = model.Conv(value, 6 * width, 16 * width, 5, 1, 0, true);
  value = model.MaxPool(model.Node("Relu", {value}), 2, 2);
  value = model.Gemm(model.Flatten(value), 16 * width * 25, 120);
  value = model.Gemm(model.Node("Relu", {value}), 120, 84);
  return model.Finish(model.Gemm(model.Node("Relu", {value}), 84, 10));
}

onnx::ModelProto ResnetModel(const std::vector<int>& blocks, int width) {
  TestingModel model;
  std::string value = model.ConvBatchNorm("input", 3, width, 3, 1, 1);
  value = model.Node("Relu", {value});
  int in = width, out = width;
  for (size_t stage = 0; stage < blocks.size(); ++stage, out *= 2)
    for (int block = 0; block < blocks[stage]; ++block, in = out)
      value = Block(model, value, in, out, stage > 0 && block == 0 ? 2 : 1);
  value = model.Flatten(model.Node("GlobalAveragePool", {value}));
  return model.Finish(model.Gemm(value, in, 10));
}

onnx::ModelProto ResidualFormsModel() {
  TestingModel model;
  std::string a = model.Node("Relu", {model.Conv("input", 3, 6, 2, 2, 0)});
  const auto early = model.Conv(a, 6, 7, 1, 2, 0, true);
  const auto late = model.Conv(a, 6, 7, 3, 2, 1, true);
  a = model.Node("Relu", {model.Node("Add", {late, early})});
  const auto left = model.Conv(a, 7, 7, 3, 1, 1);
  a = model.Node("Relu", {model.Node("Add", {left, a})});
  const auto right = model.Conv(a, 7, 7, 3, 1, 1);
  a = model.Node("Relu", {model.Node("Add", {a, right})});
  a = model.Flatten(model.MaxPool(a, 3, 2));
  return model.Finish(model.Gemm(a, 7 * 9, 10));
}

onnx::ModelProto SignedValuesModel() {
  TestingModel model;
  const auto conv = model.Conv("input", 3, 6, 3, 2, 1, true);
  const auto relu = model.Node("Relu", {conv});
  std::string a = model.Node("Add", {conv, relu});
  a = model.Node("Add", {model.MaxPool(a, 1, 1), relu});
  a = model.Node("Relu", {model.MaxPool(model.Conv(a, 6, 6, 3, 1, 1), 2, 2)});
  a = model.AveragePool(a, 3, 2, 1);
  const auto last = model.Gemm(model.Flatten(a), 6 * 16, 10);
  return model.Finish(model.Node("Relu", {last}));
}

std::string Delimited(int field, const std::string& content) {
  std::string bytes(1, static_cast<char>(field << 3 | 2));
  size_t length = content.size();
  for (; length >= 128; length >>= 7)
    bytes += static_cast<char>(length % 128 + 128);
  return bytes + static_cast<char>(length) + content;
}

std::vector<uint8_t> RandomPixels(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<uint8_t> pixels(count);
  for (uint8_t& pixel : pixels) pixel = random() >> 24;
  return pixels;
}

std::vector<std::vector<double>> RunNaively(const FloatGraph& graph,
                                            const std::vector<float>& input,
                                            const EditValue& edit) {
  std::vector<std::vector<double>> values(graph.shapes.size());
  values[0].assign(input.begin(), input.end());
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const FloatNode& node = graph.nodes[i];
    const Shape& in = graph.shapes[node.inputs[0]];
    const Shape& out = graph.shapes[i + 1];
    const std::vector<double>& from = values[node.inputs[0]];
    for (int64_t at = 0; at < out.size(); ++at) {
      const int x = at % out.width, y = at / out.width % out.height;
      const int c = at / out.width / out.height;
      const double value =
          node.op == Op::kConv          ? ConvAt(node, in, from, c, y, x)
          : node.op == Op::kMaxPool     ? MaxAt(node, in, from, c, y, x)
          : node.op == Op::kAveragePool ? WindowMeanAt(node, in, from, c, y, x)
          : node.op == Op::kGlobalAveragePool ? MeanAt(in, from, c)
          : node.op == Op::kRelu              ? std::max(from[at], 0.0)
          : node.op == Op::kAdd ? from[at] + values[node.inputs[1]][at]
                                : from[at] * node.scale[c] + node.shift[c];
      values[i + 1].push_back(value);
    }
    if (edit) edit(i + 1, values[i + 1]);
  }
  return values;
}

}  // namespace lockstep::quant
