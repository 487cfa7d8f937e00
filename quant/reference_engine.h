// Runs an IntegerGraph as plainly as it gets, with Eigen for the sums: what the
// fast kernels (packed_net.h) must equal, value by value.

#ifndef LOCKSTEP_QUANT_REFERENCE_ENGINE_H_
#define LOCKSTEP_QUANT_REFERENCE_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "quant/integer_graph.h"

namespace lockstep::quant {

// One value of a batch; the vector that its Storage names is in use, the other
// is empty. Layout [images][height][width][channels].
struct IntegerTensor {
  std::vector<uint8_t> u8;   // kU8
  std::vector<int32_t> i32;  // kWide, kSums, kLogits
};

// Told every value of the graph as soon as it is there.
using Observer = std::function<void(int value, const IntegerTensor& tensor)>;

// Immutable after construction; any number of threads may run it at once. The
// result is the same for every batch and position in it: all sums are exact and
// each output depends on its own image only.
class ReferenceEngine {
 public:
  explicit ReferenceEngine(IntegerGraph graph);

  // Computes the logits [images][classes] of `pixels`, CIFAR-10's planes
  // [images][3][32][32].
  void Run(const uint8_t* pixels, size_t images, int32_t* logits,
           const Observer& observer = nullptr) const;

  const IntegerGraph& graph() const { return graph_; }

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
  // Of each layer: weights [out][kernel_h][kernel_w][in], widened.
  std::vector<std::vector<int16_t>> weights_;
  std::vector<size_t> last_use_;  // of each value: the layer after which it is
                                  // free
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_REFERENCE_ENGINE_H_
