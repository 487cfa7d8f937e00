#include "quant/fake_quant.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "quant/quantize_conv.h"
#include "tools/cli/progress.h"

namespace lockstep::quant {
namespace {

// The net over codes minus zero points, with its rounded parts. Of a float
// model, the first layer is the only one that sees something else, normalised
// pixels; a QDQ model's reads the codes already.
FloatGraph PartlyRounded(const QuantizedNet& net, const Rounded& rounded) {
  FloatGraph result = *net.folded;
  for (size_t i = 0; i < result.nodes.size(); ++i) {
    FloatNode& node = result.nodes[i];
    if (node.op != Op::kConv) continue;
    if (node.inputs[0] == 0 && net.kind == ModelKind::kFloat)
      node = FoldNormalization(node, net.normalization,
                               net.quantized->input.zero_point);
    const FloatNode& integer = net.quantized->graph.nodes[i];
    if (rounded.weights[i]) node.weights = integer.weights;
    if (rounded.biases[i]) node.bias = integer.bias;
  }
  return result;
}

// What the codes that `data` rounds to stand for.
void Round(const Encoding& encoding, float* data, size_t count) {
  const float zero = encoding.zero_point;
  for (size_t i = 0; i < count; ++i)
    data[i] = encoding.scale *
              (std::clamp(std::nearbyint(data[i] / encoding.scale) + zero, 0.0f,
                          255.0f) -
               zero);
}

// Images as value 0: [end - begin][3][32][32].
std::vector<float> InputValues(const InputEncoding& input,
                               const ImageSet& images, size_t begin,
                               size_t end) {
  constexpr size_t kPlane = kCifarSide * kCifarSide;
  std::vector<float> values((end - begin) * kCifarPixels);
  const uint8_t* pixels = images.image(begin);
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t c = i / kPlane % kCifarChannels;
    const int code =
        input.codes.empty() ? pixels[i] : input.codes[256 * c + pixels[i]];
    values[i] = input.scale * (code - input.zero_point[c]);
  }
  return values;
}

}  // namespace

Rounded RoundAll(const QuantizedGraph& graph) {
  const size_t nodes = graph.graph.nodes.size();
  return {std::vector<bool>(nodes, true), std::vector<bool>(nodes, true),
          std::vector<bool>(nodes + 1, true)};
}

Rounded RoundNone(const QuantizedGraph& graph) {
  const size_t nodes = graph.graph.nodes.size();
  return {std::vector<bool>(nodes), std::vector<bool>(nodes),
          std::vector<bool>(nodes + 1)};
}

std::vector<int> Convolutions(const QuantizedGraph& graph) {
  std::vector<int> values;
  for (size_t i = 0; i < graph.graph.nodes.size(); ++i)
    if (graph.graph.nodes[i].op == Op::kConv) values.push_back(i + 1);
  return values;
}

int StoredAfter(const QuantizedGraph& graph, int value) {
  for (size_t i = value; !graph.encodings[value]; ++i) {
    if (i == graph.graph.nodes.size()) return -1;
    for (int input : graph.graph.nodes[i].inputs)
      if (input == value) value = i + 1;
  }
  return value;
}

FakeQuantEngine::FakeQuantEngine(const QuantizedNet& net, Rounded rounded)
    : net_(net),
      rounded_(std::move(rounded)),
      engine_(PartlyRounded(net, rounded_)) {}

void FakeQuantEngine::Run(const ImageSet& images, size_t begin, size_t end,
                          float* logits) const {
  engine_.Run(InputValues(net_.quantized->input, images, begin, end).data(),
              end - begin, logits,
              [this](int value, float* data, size_t count) {
                Store(value, data, count);
              });
}

void FakeQuantEngine::Store(int value, float* data, size_t count) const {
  const std::optional<Encoding>& encoding = net_.quantized->encodings[value];
  if (!encoding) return;
  if (rounded_.values[value])
    Round(*encoding, data, count);
  else if (net_.kind == ModelKind::kQdq && encoding->zero_point == 0)
    for (size_t i = 0; i < count; ++i) data[i] = std::max(data[i], 0.0f);
}

std::vector<float> RunFakeQuant(const FakeQuantEngine& engine,
                                const ImageSet& images, const std::string& what,
                                const Parallelism& parallelism) {
  Progress progress(what, "images", images.size());
  std::vector<float> logits(images.size() * kCifarClasses);
  ForEachBatch(
      images.size(), parallelism,
      [&](int, size_t begin, size_t end) {
        engine.Run(images, begin, end, &logits[begin * kCifarClasses]);
      },
      [&](size_t done) { progress.Update(done); });
  return logits;
}

}  // namespace lockstep::quant
