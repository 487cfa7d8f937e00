// An integer graph in the form in which an instruction set runs it: a kernel
// and packed weights for each convolution, and a place in memory for each
// value.

#ifndef LOCKSTEP_QUANT_PACKED_NET_H_
#define LOCKSTEP_QUANT_PACKED_NET_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "quant/arena_plan.h"
#include "quant/integer_graph.h"
#include "quant/kernels/conv_kernel.h"
#include "quant/kernels/isa.h"
#include "quant/kernels/packed_conv.h"

namespace lockstep::quant {

// Layers [first, last) that images pass in groups: a group goes through all of
// them before the next one starts, so that what lies between them stays in the
// second-level cache.
struct Segment {
  size_t first, last;
  size_t images;  // of a group
};

// Memory for a batch: the values, then one scratch for each thread. A value
// that its segment alone uses has room for a group, others for the batch.
struct NetMemory {
  std::vector<Segment> segments;
  std::vector<size_t> values;   // bytes from the start, of each value
  std::vector<size_t> strides;  // bytes from one image of a value to the next
  std::vector<bool> whole;      // whether a value has room for the batch
  size_t scratch = 0;           // bytes from the start, of the first thread's
  size_t scratch_bytes = 0;     // of one thread
  size_t bytes = 0;             // of all

  // Value `value` from image `first` of the batch on, in stored form
  // (packed_conv.h); `first` begins a group.
  uint8_t* Value(uint8_t* memory, int value, size_t first) const {
    return memory + values[value] + (whole[value] ? first * strides[value] : 0);
  }
};

// Consecutive images of a batch: a group of a segment.
struct Group {
  size_t first, count;
};

// Calls run(layer, group) for all layers of `images` images, in the order of
// the plan's segments.
template <typename RunLayer>
void ForEachLayer(const NetMemory& plan, size_t images, const RunLayer& run) {
  for (const Segment& segment : plan.segments)
    for (size_t first = 0; first < images; first += segment.images)
      for (size_t i = segment.first; i < segment.last; ++i)
        run(i, Group{first, std::min(segment.images, images - first)});
}

// Immutable; any number of threads may use it at once.
class PackedNet {
 public:
  // `isa` must be supported by this CPU and outlive the net. Kernels are chosen
  // for batches of `images`; the net runs any.
  PackedNet(IntegerGraph graph, const Isa& isa, size_t images);

  const IntegerGraph& graph() const { return *graph_; }
  const Isa& isa() const { return isa_; }

  // The kernel of layer `i`, null for what is not a convolution over u8.
  const ConvKernel* kernel(size_t i) const { return layers_[i].kernel; }
  // Layer `i` as kernels see it; it must be such a convolution.
  ConvTask task(size_t i) const;
  // Bytes of layer i's weights as packed.
  size_t WeightBytes(size_t i) const;

  // For up to `images` at once, shared by `threads`, in groups whose values
  // fit `cache` bytes where that saves more than reading the weights again.
  NetMemory PlanMemory(size_t images, size_t threads, size_t cache) const;

  // Puts CIFAR-10's planes [images][3][32][32] into value 0.
  void LoadPixels(const uint8_t* pixels, size_t images, const NetMemory& plan,
                  uint8_t* memory) const;
  // Computes `part` of value i + 1 of `group`, by thread part.index; all parts
  // of a layer come before any of the next.
  void RunLayer(size_t i, const Group& group, const Part& part,
                const NetMemory& plan, uint8_t* memory) const;
  // Copies the logits out, [images][classes].
  void StoreLogits(size_t images, const NetMemory& plan, uint8_t* memory,
                   int32_t* logits) const;

  size_t layers() const { return layers_.size(); }

 private:
  struct Layer {
    const ConvKernel* kernel = nullptr;
    std::unique_ptr<PackedConv> conv;
  };
  ConvBuffers Buffers(size_t i, const Group& group, const NetMemory& plan,
                      uint8_t* memory) const;

  std::unique_ptr<const IntegerGraph> graph_;  // kernels point into it
  const Isa& isa_;
  std::vector<Layer> layers_;
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_PACKED_NET_H_
