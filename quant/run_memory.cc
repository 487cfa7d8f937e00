#include "quant/run_memory.h"

#include <algorithm>
#include <vector>

#include "quant/float_engine.h"

namespace lockstep::quant {
namespace {

// After which node each value is freed; the output never is.
std::vector<size_t> LastUses(const FloatGraph& graph) {
  std::vector<size_t> last(graph.shapes.size(), graph.nodes.size());
  for (size_t v = 1; v < last.size(); ++v) last[v] = v - 1;
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    for (int input : graph.nodes[i].inputs) last[input] = i;
  last[graph.output] = graph.nodes.size();
  return last;
}

constexpr int64_t kHugePage = 2 << 20;

bool HasWindow(const FloatNode& node) {
  return node.op == Op::kConv || node.op == Op::kMaxPool ||
         node.op == Op::kAveragePool;
}

// Elements of a value with its window's border.
int64_t Bordered(const Shape& in, const Window& w) {
  return Shape{in.channels, in.height + w.pad_top + w.pad_bottom,
               in.width + w.pad_left + w.pad_right}
      .size();
}

// What a node needs besides its values: its input with a border, and the
// offsets of its taps with the panels of pixels that share their weights.
RunBytes NodeBytes(const FloatNode& node, const Shape& in) {
  if (!HasWindow(node)) return {};
  const Window& w = node.window;
  const int64_t taps = int64_t{in.channels} * w.kernel_h * w.kernel_w;
  const int64_t panels =
      node.op == Op::kConv ? kTilePanels * kTilePixels * sizeof(float) : 0;
  // The list of offsets doubles as it grows; panels are whole huge pages.
  return {taps * (panels + 3 * int64_t{sizeof(size_t)}) + kHugePage,
          Bordered(in, w) * int64_t{sizeof(float)}};
}

}  // namespace

RunBytes FloatRunBytes(const FloatGraph& graph) {
  const std::vector<size_t> last = LastUses(graph);
  const auto bytes = [&](size_t value) {
    return graph.shapes[value].size() * int64_t{sizeof(float)};
  };
  RunBytes most = {0, bytes(0)};
  int64_t live = bytes(0);
  std::vector<std::vector<size_t>> freed(graph.nodes.size() + 1);
  for (size_t v = 0; v < last.size(); ++v) freed[last[v]].push_back(v);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const FloatNode& node = graph.nodes[i];
    const RunBytes needs = NodeBytes(node, graph.shapes[node.inputs[0]]);
    live += bytes(i + 1);
    most.fixed = std::max(most.fixed, needs.fixed);
    most.an_image = std::max(most.an_image, live + needs.an_image);
    for (size_t v : freed[i]) live -= bytes(v);
  }
  return most;
}

// As if no value gave its place to another, in the stored form of
// kernels/packed_conv.h; and the reference engine's copy of a layer's input, in
// int16 with a border. Kernels' scratch does not grow with the batch.
RunBytes IntegerRunBytes(const IntegerGraph& graph) {
  constexpr int64_t kBlock = 16;  // channels
  RunBytes bytes;
  for (size_t v = 0; v < graph.shapes.size(); ++v) {
    const Shape& shape = graph.shapes[v];
    const int64_t channels = (shape.channels + kBlock - 1) / kBlock * kBlock;
    bytes.an_image += channels * shape.height * shape.width *
                      (graph.storages[v] == Storage::kU8 ? 1 : 4);
  }
  int64_t copy = 0;
  for (const IntegerLayer& layer : graph.layers)
    copy = std::max(copy, Bordered(graph.shapes[layer.input], layer.window) *
                              int64_t{sizeof(int16_t)});
  bytes.an_image += copy;
  return bytes;
}

Parallelism FittingParallelism(const Parallelism& wanted, const RunBytes& bytes,
                               int64_t budget) {
  const int64_t alone = std::max<int64_t>(bytes.fixed + bytes.an_image, 1);
  Parallelism fitting = wanted;
  fitting.threads =
      std::clamp<int64_t>(budget / alone, 1, std::max(wanted.threads, 1));
  const int64_t images = (budget / fitting.threads - bytes.fixed) /
                         std::max<int64_t>(bytes.an_image, 1);
  fitting.batch =
      std::clamp<int64_t>(images, 1, std::max<int64_t>(wanted.batch, 1));
  return fitting;
}

}  // namespace lockstep::quant
