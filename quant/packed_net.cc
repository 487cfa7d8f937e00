#include "quant/packed_net.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "quant/kernels/plain_layers.h"

namespace lockstep::quant {
namespace {

// Bytes of one image of value `v`.
size_t ImageBytes(const IntegerGraph& graph, size_t v) {
  const bool u8 = graph.storages[v] == Storage::kU8;
  return StoredStride(v, graph.shapes[v]) *
         (u8 ? sizeof(uint8_t) : sizeof(int32_t));
}

// The layers from which to which each value is needed; step i is layer i.
std::vector<Life> Lives(const IntegerGraph& graph) {
  const size_t end = graph.layers.size();
  std::vector<Life> lives;
  for (size_t v = 0; v <= end; ++v) {
    const size_t made = v == 0 ? 0 : v - 1;
    lives.push_back({ImageBytes(graph, v), made, made});
  }
  for (size_t i = 0; i < end; ++i)
    for (int read : {graph.layers[i].input, graph.layers[i].residual})
      if (read >= 0) lives[read].last = std::max(lives[read].last, i);
  return lives;
}

// Images whose values in layers [first, last) fit `cache`, a power of two.
size_t GroupSize(const std::vector<Life>& lives, size_t first, size_t last,
                 size_t cache, size_t images) {
  size_t most = 1;
  for (size_t i = first; i < last; ++i) {
    size_t bytes = 0;
    for (const Life& life : lives)
      if (life.first <= i && i <= life.last) bytes += life.bytes;
    most = std::max(most, bytes);
  }
  size_t group = 1;
  while (2 * group * most <= cache && group < images) group *= 2;
  return std::min(group, images);
}

// Bytes of weights and of values that one image moves through layers [first,
// last).
struct Traffic {
  size_t weights = 0, values = 0;
};

Traffic TrafficOf(const PackedNet& net, const std::vector<Life>& lives,
                  size_t first, size_t last) {
  Traffic traffic;
  for (size_t i = first; i < last; ++i) {
    const IntegerLayer& layer = net.graph().layers[i];
    traffic.weights += net.WeightBytes(i);
    traffic.values += lives[i + 1].bytes + lives[layer.input].bytes;
    if (layer.residual >= 0) traffic.values += lives[layer.residual].bytes;
  }
  return traffic;
}

// Groups that fit the cache read the weights more often; the whole batch reads
// and writes its values beyond the cache, where a byte counts twice: it comes
// back, and no prefetch is ahead of it. Whatever moves less an image.
size_t BestGroup(const Traffic& traffic, size_t fitting, size_t images) {
  const size_t in_groups = traffic.weights / fitting;
  const size_t as_one = traffic.weights / images + 2 * traffic.values;
  return in_groups <= as_one ? fitting : images;
}

// A segment for each size of map; neighbours with equal groups are one.
std::vector<Segment> Segments(const PackedNet& net,
                              const std::vector<Life>& lives, size_t cache,
                              size_t images) {
  const IntegerGraph& graph = net.graph();
  const auto map = [&](size_t i) {
    return int64_t{graph.shapes[i + 1].height} * graph.shapes[i + 1].width;
  };
  std::vector<Segment> segments;
  for (size_t first = 0, last; first < graph.layers.size(); first = last) {
    for (last = first + 1; last < graph.layers.size(); ++last)
      if (map(last) != map(first)) break;
    const size_t group =
        BestGroup(TrafficOf(net, lives, first, last),
                  GroupSize(lives, first, last, cache, images), images);
    if (!segments.empty() && segments.back().images == group)
      segments.back().last = last;
    else
      segments.push_back({first, last, group});
  }
  return segments;
}

// Room for a group where one segment alone uses the value. Others are there for
// the whole batch as long as any segment that uses them runs.
void FitLives(const NetMemory& plan, size_t images, std::vector<Life>& lives) {
  for (size_t v = 0; v < lives.size(); ++v) {
    Life& life = lives[v];
    if (!plan.whole[v]) {
      for (const Segment& segment : plan.segments)
        if (segment.first <= life.first && life.last < segment.last)
          life.bytes *= segment.images;
      continue;
    }
    life.bytes *= images;
    const Life exact = life;
    for (const Segment& segment : plan.segments) {
      if (segment.first <= exact.first && exact.first < segment.last)
        life.first = segment.first;
      if (segment.first <= exact.last && exact.last < segment.last)
        life.last = segment.last - 1;
    }
  }
}

// Values that more than one segment, or the caller, uses.
std::vector<bool> WholeValues(const std::vector<Life>& lives,
                              const std::vector<Segment>& segments) {
  std::vector<bool> whole(lives.size(), true);
  for (size_t v = 1; v + 1 < lives.size(); ++v)
    for (const Segment& segment : segments)
      if (segment.first <= lives[v].first && lives[v].last < segment.last)
        whole[v] = false;
  return whole;
}

}  // namespace

PackedNet::PackedNet(IntegerGraph graph, const Isa& isa, size_t images)
    : graph_(std::make_unique<const IntegerGraph>(std::move(graph))),
      isa_(isa),
      layers_(graph_->layers.size()) {
  for (size_t i = 0; i < layers_.size(); ++i) {
    const IntegerLayer& layer = graph_->layers[i];
    if (layer.op != IntegerOp::kConv ||
        graph_->storages[layer.input] == Storage::kSums)
      continue;
    layers_[i].kernel = &ChooseConvKernel(task(i), isa, images);
    layers_[i].conv = layers_[i].kernel->pack(task(i), isa);
  }
}

ConvTask PackedNet::task(size_t i) const {
  const IntegerLayer& layer = graph_->layers[i];
  ConvTask task = {&layer, graph_->shapes[layer.input], graph_->shapes[i + 1]};
  if (layer.residual >= 0) task.residual = graph_->storages[layer.residual];
  return task;
}

size_t PackedNet::WeightBytes(size_t i) const {
  return layers_[i].conv != nullptr ? layers_[i].conv->WeightBytes() : 0;
}

NetMemory PackedNet::PlanMemory(size_t images, size_t threads,
                                size_t cache) const {
  NetMemory plan;
  std::vector<Life> lives = Lives(*graph_);
  plan.segments = Segments(*this, lives, cache, images);
  plan.whole = WholeValues(lives, plan.segments);
  for (const Life& life : lives) plan.strides.push_back(life.bytes);
  FitLives(plan, images, lives);
  const ArenaPlan arena = PlanArena(lives);
  plan.values = arena.offsets;
  plan.scratch = arena.bytes;
  for (const Layer& layer : layers_)
    if (layer.conv != nullptr)
      plan.scratch_bytes =
          std::max(plan.scratch_bytes,
                   RoundUp(layer.conv->ScratchBytes(images), kCacheLine));
  plan.bytes = plan.scratch + threads * plan.scratch_bytes;
  return plan;
}

void PackedNet::LoadPixels(const uint8_t* pixels, size_t images,
                           const NetMemory& plan, uint8_t* memory) const {
  const Shape& shape = graph_->shapes[0];
  const std::vector<uint8_t>& codes = graph_->input_codes;
  for (size_t i = 0; i < images; ++i)
    InterleavePixels(pixels + i * shape.size(), shape,
                     codes.empty() ? nullptr : codes.data(),
                     plan.Value(memory, 0, i));
}

ConvBuffers PackedNet::Buffers(size_t i, const Group& group,
                               const NetMemory& plan, uint8_t* memory) const {
  const IntegerLayer& layer = graph_->layers[i];
  const auto value = [&](int v) { return plan.Value(memory, v, group.first); };
  const auto wide = [&](int v) { return reinterpret_cast<int32_t*>(value(v)); };
  ConvBuffers buffers;
  buffers.images = group.count;
  buffers.input = value(layer.input);
  buffers.input_stride = StoredStride(layer.input, graph_->shapes[layer.input]);
  buffers.output_stride = StoredStride(i + 1, graph_->shapes[i + 1]);
  if (layer.output == Storage::kU8)
    buffers.out_u8 = value(i + 1);
  else
    buffers.out_i32 = wide(i + 1);
  if (layer.residual < 0) return buffers;
  if (graph_->storages[layer.residual] == Storage::kU8)
    buffers.residual_u8 = value(layer.residual);
  else
    buffers.residual_wide = wide(layer.residual);
  return buffers;
}

void PackedNet::RunLayer(size_t i, const Group& group, const Part& part,
                         const NetMemory& plan, uint8_t* memory) const {
  const ConvBuffers buffers = Buffers(i, group, plan, memory);
  if (layers_[i].conv != nullptr)
    return layers_[i].conv->Run(
        buffers, part, memory + plan.scratch + part.index * plan.scratch_bytes);
  const ConvTask layer = task(i);
  if (layer.layer->op == IntegerOp::kMaxPool)
    return MaxPool(layer, buffers, part);
  if (layer.layer->op == IntegerOp::kRescale)
    return RescaleWindows(layer, buffers, part);
  if (layer.layer->op == IntegerOp::kSum) return SumMap(layer, buffers, part);
  MatrixOfSums(layer, reinterpret_cast<const int32_t*>(buffers.input), buffers,
               part);
}

void PackedNet::StoreLogits(size_t images, const NetMemory& plan,
                            uint8_t* memory, int32_t* logits) const {
  const int value = graph_->output();
  const int classes = graph_->shapes[value].channels;
  const bool u8 = graph_->storages[value] == Storage::kU8;
  for (size_t i = 0; i < images; ++i, logits += classes) {
    const uint8_t* from = plan.Value(memory, value, i);
    if (!u8) std::memcpy(logits, from, classes * sizeof(int32_t));
    for (int c = 0; u8 && c < classes; ++c)
      logits[c] = from[c] - graph_->encodings.back().zero_point;
  }
}

}  // namespace lockstep::quant
