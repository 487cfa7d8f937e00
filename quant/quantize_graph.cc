#include "quant/quantize_graph.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "quant/quantize_conv.h"

namespace lockstep::quant {
namespace {

uint8_t RoundedPixel(double mean) {
  return std::clamp<long>(std::lround(255 * mean), 0, 255);
}

// The rounded mean pixel of each channel, or that of all for each.
InputEncoding PixelEncoding(const Normalization& normalization,
                            Dialect dialect) {
  InputEncoding input;
  double sum = 0;
  for (float mean : normalization.mean) sum += mean;
  for (int c = 0; c < kCifarChannels; ++c)
    input.zero_point[c] =
        RoundedPixel(dialect == Dialect::kOrt ? sum / kCifarChannels
                                              : normalization.mean[c]);
  return input;
}

// The node that reads each value if there is only one, else null.
std::vector<const FloatNode*> OnlyReaders(const FloatGraph& graph) {
  const std::vector<int> uses = UseCounts(graph);
  std::vector<const FloatNode*> readers(graph.shapes.size());
  for (const FloatNode& node : graph.nodes)
    for (int input : node.inputs)
      if (uses[input] == 1) readers[input] = &node;
  return readers;
}

// Whether the sum that a Conv or Add makes need not be stored.
bool StaysExact(const FloatNode& maker, const FloatNode* reader,
                Dialect dialect) {
  if (reader == nullptr) return false;
  if (reader->op == Op::kRelu) return true;
  return reader->op == Op::kAdd && maker.op == Op::kConv &&
         dialect == Dialect::kFused;
}

bool IsStored(const FloatNode& maker, const FloatNode* reader, bool is_output,
              Dialect dialect) {
  switch (maker.op) {
    case Op::kConv:
      return !is_output && !StaysExact(maker, reader, dialect);
    case Op::kAdd:
      return !StaysExact(maker, reader, dialect);
    case Op::kGlobalAveragePool:
      return dialect == Dialect::kOrt;
    default:
      return true;
  }
}

// What one of the numbers that the convolution of `value` reads stands for.
double InputScale(const QuantizedGraph& graph, int value) {
  if (value == 0) return graph.input.scale;
  if (graph.encodings[value]) return graph.encodings[value]->scale;
  const FloatNode& maker = graph.graph.nodes[value - 1];
  if (maker.op != Op::kGlobalAveragePool) return 1;  // has no integer form
  const Shape& map = graph.graph.shapes[maker.inputs[0]];
  return InputScale(graph, maker.inputs[0]) / (map.height * map.width);
}

}  // namespace

Encoding ActivationEncoding(const Range& range) {
  const double min = std::min(range.min, 0.0f), max = std::max(range.max, 0.0f);
  const float scale = max > min ? (max - min) / 255 : 1;
  return {scale, static_cast<uint8_t>(
                     std::clamp<long>(std::lround(-min / scale), 0, 255))};
}

QuantizedGraph QuantizeGraph(const FloatGraph& graph,
                             const std::vector<Range>& ranges,
                             const Normalization& normalization,
                             Dialect dialect) {
  const std::vector<const FloatNode*> readers = OnlyReaders(graph);
  QuantizedGraph result = {graph, PixelEncoding(normalization, dialect)};
  result.encodings.resize(graph.shapes.size());
  result.weights.resize(graph.nodes.size());
  for (size_t value = 1; value < graph.shapes.size(); ++value) {
    FloatNode& node = result.graph.nodes[value - 1];
    Range range = ranges[value];
    if (node.op == Op::kRelu) range.min = 0;
    if (node.op == Op::kMaxPool)
      result.encodings[value] = result.encodings[node.inputs[0]];
    else if (IsStored(node, readers[value], value == graph.output, dialect))
      result.encodings[value] = ActivationEncoding(range);
    if (node.op != Op::kConv) continue;
    if (node.inputs[0] == 0)
      node = FoldNormalization(node, normalization, result.input.zero_point);
    result.weights[value - 1] =
        QuantizeConv(node, InputScale(result, node.inputs[0]));
    node = Dequantized(std::move(node), result.weights[value - 1]);
  }
  return result;
}

}  // namespace lockstep::quant
