#include "quant/packed_net.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "quant/kernels/plain_layers.h"

namespace lockstep::quant {
namespace {

size_t ElementSize(Storage storage) {
  return storage == Storage::kU8 ? sizeof(uint8_t) : sizeof(int32_t);
}

// The layers from which to which each value is needed; step i is layer i.
std::vector<Life> Lives(const IntegerGraph& graph, size_t images) {
  const size_t end = graph.layers.size();
  std::vector<Life> lives;
  for (size_t v = 0; v <= end; ++v)
    lives.push_back({images * StoredStride(v, graph.shapes[v]) *
                         ElementSize(graph.storages[v]),
                     v == 0 ? 0 : v - 1, v == 0 ? 0 : v - 1});
  for (size_t i = 0; i < end; ++i)
    for (int read : {graph.layers[i].input, graph.layers[i].residual})
      if (read >= 0) lives[read].last = std::max(lives[read].last, i);
  lives[graph.output()].last = end;
  return lives;
}

}  // namespace

PackedNet::PackedNet(IntegerGraph graph, const Isa& isa)
    : graph_(std::make_unique<const IntegerGraph>(std::move(graph))),
      isa_(isa),
      layers_(graph_->layers.size()) {
  for (size_t i = 0; i < layers_.size(); ++i) {
    const IntegerLayer& layer = graph_->layers[i];
    if (layer.op != IntegerOp::kConv ||
        graph_->storages[layer.input] == Storage::kSums)
      continue;
    layers_[i].kernel = &ChooseConvKernel(task(i), isa);
    layers_[i].conv = layers_[i].kernel->pack(task(i), isa);
  }
}

ConvTask PackedNet::task(size_t i) const {
  const IntegerLayer& layer = graph_->layers[i];
  ConvTask task = {&layer, graph_->shapes[layer.input], graph_->shapes[i + 1]};
  if (layer.residual >= 0) task.residual = graph_->storages[layer.residual];
  return task;
}

size_t PackedNet::WeightBytes() const {
  size_t bytes = 0;
  for (const Layer& layer : layers_)
    if (layer.conv != nullptr) bytes += layer.conv->WeightBytes();
  return bytes;
}

NetMemory PackedNet::PlanMemory(size_t images, size_t threads) const {
  const ArenaPlan arena = PlanArena(Lives(*graph_, images));
  NetMemory plan;
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
  for (size_t i = 0; i < images; ++i)
    InterleavePixels(
        pixels + i * shape.size(), shape,
        plan.Value<uint8_t>(memory, 0) + i * StoredStride(0, shape));
}

ConvBuffers PackedNet::Buffers(size_t i, size_t images, const NetMemory& plan,
                               uint8_t* memory) const {
  const IntegerLayer& layer = graph_->layers[i];
  ConvBuffers buffers;
  buffers.images = images;
  buffers.input = plan.Value<uint8_t>(memory, layer.input);
  buffers.input_stride = StoredStride(layer.input, graph_->shapes[layer.input]);
  buffers.output_stride = StoredStride(i + 1, graph_->shapes[i + 1]);
  if (layer.output == Storage::kU8)
    buffers.out_u8 = plan.Value<uint8_t>(memory, i + 1);
  else
    buffers.out_i32 = plan.Value<int32_t>(memory, i + 1);
  if (layer.residual < 0) return buffers;
  if (graph_->storages[layer.residual] == Storage::kU8)
    buffers.residual_u8 = plan.Value<uint8_t>(memory, layer.residual);
  else
    buffers.residual_wide = plan.Value<int32_t>(memory, layer.residual);
  return buffers;
}

void PackedNet::RunLayer(size_t i, size_t images, const Part& part,
                         const NetMemory& plan, uint8_t* memory) const {
  const ConvBuffers buffers = Buffers(i, images, plan, memory);
  if (layers_[i].conv != nullptr)
    return layers_[i].conv->Run(
        buffers, part, memory + plan.scratch + part.index * plan.scratch_bytes);
  const ConvTask layer = task(i);
  if (layer.layer->op == IntegerOp::kMaxPool)
    return MaxPool(layer, buffers, part);
  if (layer.layer->op == IntegerOp::kSum) return SumMap(layer, buffers, part);
  MatrixOfSums(layer, plan.Value<int32_t>(memory, layer.layer->input), buffers,
               part);
}

void PackedNet::StoreLogits(size_t images, const NetMemory& plan,
                            uint8_t* memory, int32_t* logits) const {
  const int value = graph_->output();
  const Shape& shape = graph_->shapes[value];
  const size_t stride = StoredStride(value, shape);
  for (size_t i = 0; i < images; ++i)
    std::copy_n(plan.Value<int32_t>(memory, value) + i * stride, shape.channels,
                logits + i * shape.channels);
}

}  // namespace lockstep::quant
