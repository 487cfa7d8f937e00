#include "quant/testing_quantized.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "gtest/gtest.h"
#include "quant/onnx_reader.h"
#include "quant/testing_models.h"

namespace lockstep::quant {
namespace {

constexpr Encoding kPositive = {4.0f / 255, 0};
constexpr Encoding kSigned = {6.0f / 255, 85};  // 0 is step 85 of [-2, 4]

std::vector<bool> TermsOfAdds(const FloatGraph& graph) {
  std::vector<bool> is_term(graph.shapes.size());
  for (const FloatNode& node : graph.nodes)
    if (node.op == Op::kAdd)
      for (int input : node.inputs) is_term[input] = true;
  return is_term;
}

std::vector<std::optional<Encoding>> Encodings(const FloatGraph& graph,
                                               bool stores_terms) {
  const std::vector<bool> is_term = TermsOfAdds(graph);
  std::vector<std::optional<Encoding>> encodings(graph.shapes.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const FloatNode& node = graph.nodes[i];
    if (node.op == Op::kRelu) encodings[i + 1] = kPositive;
    if (node.op == Op::kMaxPool) encodings[i + 1] = encodings[node.inputs[0]];
    if (stores_terms && node.op == Op::kGlobalAveragePool)
      encodings[i + 1] = kPositive;
    if (stores_terms && node.op == Op::kConv && is_term[i + 1])
      encodings[i + 1] = kSigned;
  }
  return encodings;
}

// Channel c of `node`, whose floats become what the integers stand for.
void QuantizeChannel(FloatNode& node, size_t c, float input_scale,
                     QuantizedWeights& out) {
  const size_t count = node.weights.size() / node.bias.size();
  float* const weights = node.weights.data() + c * count;
  float largest = 0;
  for (size_t i = 0; i < count; ++i)
    largest = std::max(largest, std::abs(weights[i]));
  const float scale = largest / 127, step = input_scale * scale;
  for (size_t i = 0; i < count; ++i) {
    out.values.push_back(std::lround(weights[i] / scale));
    weights[i] = scale * out.values.back();
  }
  out.scale.push_back(scale);
  out.bias_scale.push_back(step);
  out.bias.push_back(std::lround(node.bias[c] / step));
  node.bias[c] = double{step} * out.bias.back();
}

// Even weights, odd bias. The second term of an Add is coarser, so that their
// sum is odd, too: in our models it is the one with a window of one pixel.
void MakeExact(FloatNode& node, float input_scale, QuantizedWeights& weights) {
  const bool coarse = node.window.kernel_h == 1 && node.window.stride_h == 2;
  const float scale = std::ldexp(1.0f, coarse ? -8 : -9);
  for (size_t c = 0; c < node.bias.size(); ++c) {
    weights.scale[c] = scale;
    weights.bias_scale[c] = scale * input_scale;
    weights.bias[c] |= 1;
    node.bias[c] = weights.bias_scale[c] * weights.bias[c];
  }
  for (size_t i = 0; i < node.weights.size(); ++i) {
    const float steps = std::nearbyint(node.weights[i] / scale / 2) * 2;
    weights.values[i] = std::clamp(steps, -126.0f, 126.0f);
    node.weights[i] = scale * weights.values[i];
  }
}

// The mean over the map has no scale of its own where it is not stored.
float InputScale(const QuantizedGraph& net, int value) {
  if (value == 0) return net.input.scale;
  if (net.encodings[value]) return net.encodings[value]->scale;
  return InputScale(net, net.graph.nodes[value - 1].inputs[0]);
}

void ExpectSameNode(const FloatNode& a, const FloatNode& b) {
  EXPECT_EQ(a.op, b.op) << b.name;
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.inputs, b.inputs) << b.name;
  EXPECT_EQ(a.weights, b.weights) << b.name;
  EXPECT_EQ(a.bias, b.bias) << b.name;
  const auto numbers = [](const Window& w) {
    return std::vector<int>{w.kernel_h, w.kernel_w, w.stride_h,   w.stride_w,
                            w.pad_top,  w.pad_left, w.pad_bottom, w.pad_right};
  };
  EXPECT_EQ(numbers(a.window), numbers(b.window)) << b.name;
}

}  // namespace

QuantizedGraph TestingQuantized(const onnx::ModelProto& model,
                                bool stores_terms) {
  const auto read = ReadOnnx(model.SerializeAsString());
  EXPECT_TRUE(read.ok()) << read.status();
  QuantizedGraph net;
  net.graph = *FoldBatchNorm(read->graph);
  net.input.zero_point = {125, 123, 114};
  net.encodings = Encodings(net.graph, stores_terms);
  net.weights.resize(net.graph.nodes.size());
  for (size_t i = 0; i < net.graph.nodes.size(); ++i) {
    FloatNode& node = net.graph.nodes[i];
    for (size_t c = 0; c < node.bias.size(); ++c)
      QuantizeChannel(node, c, InputScale(net, node.inputs[0]), net.weights[i]);
  }
  return net;
}

QuantizedGraph ExactQuantized(const onnx::ModelProto& model) {
  constexpr float kStep = 1.0f / 64;
  QuantizedGraph net = TestingQuantized(model, false);
  net.input.scale = kStep;
  for (std::optional<Encoding>& encoding : net.encodings)
    if (encoding) encoding->scale = kStep;
  for (size_t i = 0; i < net.graph.nodes.size(); ++i)
    if (net.graph.nodes[i].op == Op::kConv)
      MakeExact(net.graph.nodes[i], kStep, net.weights[i]);
  return net;
}

void ExpectSame(const QuantizedGraph& actual, const QuantizedGraph& expected) {
  EXPECT_EQ(actual.graph.shapes, expected.graph.shapes);
  EXPECT_EQ(actual.graph.output, expected.graph.output);
  EXPECT_EQ(actual.input.scale, expected.input.scale);
  EXPECT_EQ(actual.input.zero_point, expected.input.zero_point);
  EXPECT_EQ(actual.input.codes, expected.input.codes);
  EXPECT_EQ(actual.encodings, expected.encodings);
  ASSERT_EQ(actual.graph.nodes.size(), expected.graph.nodes.size());
  ASSERT_EQ(actual.weights.size(), expected.weights.size());
  for (size_t i = 0; i < expected.graph.nodes.size(); ++i) {
    ExpectSameNode(actual.graph.nodes[i], expected.graph.nodes[i]);
    const QuantizedWeights &a = actual.weights[i], &b = expected.weights[i];
    EXPECT_EQ(a.values, b.values) << i;
    EXPECT_EQ(a.scale, b.scale) << i;
    EXPECT_EQ(a.bias, b.bias) << i;
    EXPECT_EQ(a.bias_scale, b.bias_scale) << i;
  }
}

std::vector<std::vector<double>> RunQuantized(const QuantizedGraph& graph,
                                              const uint8_t* pixels) {
  const InputEncoding& input = graph.input;
  std::vector<float> decoded;
  for (size_t i = 0; i < kCifarPixels; ++i) {
    const size_t c = i / (kCifarPixels / kCifarChannels);
    const int code =
        input.codes.empty() ? pixels[i] : input.codes[c * 256 + pixels[i]];
    decoded.push_back(input.scale * (code - input.zero_point[c]));
  }
  const auto store = [&](int value, std::vector<double>& elements) {
    if (!graph.encodings[value]) return;
    const auto [scale, zero] = *graph.encodings[value];
    for (double& x : elements)
      x = scale *
          (std::clamp(std::nearbyint(x / scale) + zero, 0.0, 255.0) - zero);
  };
  return RunNaively(graph.graph, decoded, store);
}

}  // namespace lockstep::quant
