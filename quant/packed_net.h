// An integer graph in the form in which an instruction set runs it: a kernel
// and packed weights for each convolution, and a place in memory for each
// value.

#ifndef LOCKSTEP_QUANT_PACKED_NET_H_
#define LOCKSTEP_QUANT_PACKED_NET_H_

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

// Memory for a batch: the values, then one scratch for each thread.
struct NetMemory {
  std::vector<size_t> values;  // bytes from the start, of each value
  size_t scratch = 0;          // bytes from the start, of the first thread's
  size_t scratch_bytes = 0;    // of one thread
  size_t bytes = 0;            // of all

  // Values in stored form (packed_conv.h), aligned to kCacheLine.
  template <typename T>
  T* Value(uint8_t* memory, int value) const {
    return reinterpret_cast<T*>(memory + values[value]);
  }
};

// Immutable; any number of threads may use it at once.
class PackedNet {
 public:
  // `isa` must be supported by this CPU and outlive the net.
  PackedNet(IntegerGraph graph, const Isa& isa);

  const IntegerGraph& graph() const { return *graph_; }
  const Isa& isa() const { return isa_; }

  // The kernel of layer `i`, null for what is not a convolution over u8.
  const ConvKernel* kernel(size_t i) const { return layers_[i].kernel; }
  // Layer `i` as kernels see it; it must be such a convolution.
  ConvTask task(size_t i) const;
  size_t WeightBytes() const;

  // For up to `images` at once, shared by `threads`.
  NetMemory PlanMemory(size_t images, size_t threads) const;

  // Puts CIFAR-10's planes [images][3][32][32] into value 0.
  void LoadPixels(const uint8_t* pixels, size_t images, const NetMemory& plan,
                  uint8_t* memory) const;
  // Computes `part` of value i + 1, by thread part.index; all parts of a layer
  // come before any of the next.
  void RunLayer(size_t i, size_t images, const Part& part,
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
  ConvBuffers Buffers(size_t i, size_t images, const NetMemory& plan,
                      uint8_t* memory) const;

  std::unique_ptr<const IntegerGraph> graph_;  // kernels point into it
  const Isa& isa_;
  std::vector<Layer> layers_;
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_PACKED_NET_H_
