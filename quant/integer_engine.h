// Runs an IntegerGraph: raw pixels in, int32 logits out, integers between.

#ifndef LOCKSTEP_QUANT_INTEGER_ENGINE_H_
#define LOCKSTEP_QUANT_INTEGER_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "quant/aligned.h"
#include "quant/integer_graph.h"
#include "quant/integer_kernel.h"

namespace lockstep::quant {

// One value of a batch; the vector that its Storage names is in use, the other
// is empty. Layout [images][height][width][channels].
struct IntegerTensor {
  std::vector<uint8_t> u8;   // kU8
  std::vector<int32_t> i32;  // kWide, kSums, kLogits
};

// Immutable after construction; any number of threads may run it at once. The
// result is the same for every batch, position in it and kernel: all sums are
// exact and each output depends on its own image only.
class IntegerEngine {
 public:
  // Told every value of the graph as soon as it is there.
  using Observer = std::function<void(int value, const IntegerTensor& tensor)>;

  // Keeps `graph` and its weights in the kernel's form. `kernel` must be
  // supported by this CPU and outlive the engine.
  IntegerEngine(IntegerGraph graph, const Kernel& kernel);

  // Computes the logits [images][classes] of `pixels`, CIFAR-10's planes
  // [images][3][32][32].
  void Run(const uint8_t* pixels, size_t images, int32_t* logits,
           const Observer& observer = nullptr) const;

  const IntegerGraph& graph() const { return graph_; }
  const Kernel& kernel() const { return kernel_; }

 private:
  using Tensors = std::vector<IntegerTensor>;

  // Each computes value i + 1.
  void RunLayer(size_t i, size_t images, Tensors& values) const;
  void RunConv(size_t i, size_t images, Tensors& values) const;
  void RunConvOfSums(size_t i, size_t images, Tensors& values) const;
  // Stores output pixel `pixel`, counted over all images, from its sums.
  void Store(size_t i, size_t pixel, const int32_t* sums,
             Tensors& values) const;

  IntegerGraph graph_;
  const Kernel& kernel_;
  // Of each layer: weights [n][k] widened and rounded up with zeros.
  std::vector<AlignedBuffer<int16_t>> weights_;
  std::vector<size_t> last_use_;  // of each value: the layer after which it is
                                  // free
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_INTEGER_ENGINE_H_
