// Runs a float net on the CPU: the fp32 baseline and the source of calibration.
//
// Convolutions are matrix products over unfolded windows ("im2col"). Every sum
// is taken in one fixed order, over input channel, row and column of the
// window, without fused multiply-add and without splitting the sum over lanes:
// lanes are different pixels. So results are the same bits for any batch,
// thread, position in a batch and vector width, and a calibration made on one
// machine is the calibration of all. Measured on one core of an AMD EPYC (Zen
// 4) at K = 576 and 2304: 14-19 GMAC/s with SSE2, 36-52 with AVX2. Eigen's
// product makes 17 with SSE2, but picks its blocks, hence its rounding, by the
// size of the caches.

#ifndef LOCKSTEP_QUANT_FLOAT_ENGINE_H_
#define LOCKSTEP_QUANT_FLOAT_ENGINE_H_

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "quant/float_graph.h"

namespace lockstep::quant {

// Immutable after construction; any number of threads may run it at once.
class FloatEngine {
 public:
  // `data` holds `count` elements of value number `value`, and may be changed.
  using Observer = std::function<void(int value, float* data, size_t count)>;

  // `graph` must hold no kAffine node (FoldBatchNorm).
  explicit FloatEngine(FloatGraph graph);

  // Computes the graph's output for `images` normalised images,
  // `input` [images][C][H][W], into `output` [images][C'][H'][W']. `observer`,
  // if any, sees every value, the input included, as soon as it is there.
  void Run(const float* input, size_t images, float* output,
           const Observer& observer = nullptr) const;

  // The net, without its weights.
  const FloatGraph& graph() const { return graph_; }

 private:
  // Computes value i + 1.
  void RunNode(size_t i, size_t images,
               std::vector<std::vector<float>>& values) const;

  FloatGraph graph_;  // without its weights
  // Of each node: weights and bias with zero channels up to whole tiles.
  std::vector<std::vector<float>> weights_, bias_;
  std::vector<int> last_use_;  // of each value: the node after which it is free
};

// Which code the products run on: "avx2" or "sse2".
const char* FloatKernelName();

constexpr size_t kTileRows = 4;     // output channels of a tile
constexpr size_t kTilePixels = 16;  // a cache line of floats
constexpr size_t kTilePanels = 4;   // tiles that share a reading of the weights

// out[r][p] = bias[r] + sum over i < k, in ascending order, of
// weights[r][i] * panel[i][p], for r < kTileRows and p < kTilePixels; `panel`
// and `out` are aligned to 32 bytes. For tests; `avx2` needs a CPU that has it.
void FloatTile(const float* weights, const float* bias, const float* panel,
               size_t k, float* out, bool avx2);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_FLOAT_ENGINE_H_
