// A float net of which parts are rounded as in 8 bits: what each rounding does
// to accuracy, before all of them together run in integers.

#ifndef LOCKSTEP_QUANT_FAKE_QUANT_H_
#define LOCKSTEP_QUANT_FAKE_QUANT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "data/cifar10.h"
#include "quant/float_engine.h"
#include "quant/parallel.h"
#include "quant/quantize_net.h"
#include "quant/quantized_graph.h"

namespace lockstep::quant {

// Which parts of a net are rounded.
struct Rounded {
  std::vector<bool> weights;  // of each node
  std::vector<bool> biases;   // of each node
  std::vector<bool> values;   // of each value, where the graph stores it
};

// Everything, or nothing, of `graph`.
Rounded RoundAll(const QuantizedGraph& graph);
Rounded RoundNone(const QuantizedGraph& graph);

// Value numbers of the convolutions, in the net's order.
std::vector<int> Convolutions(const QuantizedGraph& graph);

// The value that stores what convolution `value` makes, after an Add and a
// ReLU; -1 if it is the output.
int StoredAfter(const QuantizedGraph& graph, int value);

// Any number of threads may run it at once. What a QDQ model stores with zero
// point 0 is not negative, rounded or not: the clamp may be its only ReLU.
class FakeQuantEngine {
 public:
  // `net` has a float form and outlives the engine.
  FakeQuantEngine(const QuantizedNet& net, Rounded rounded);

  // Logits [images][classes] of images [begin, end).
  void Run(const ImageSet& images, size_t begin, size_t end,
           float* logits) const;

 private:
  // Stores `count` elements of value `value`, rounded or not.
  void Store(int value, float* data, size_t count) const;

  const QuantizedNet& net_;
  const Rounded rounded_;
  const FloatEngine engine_;
};

// Logits of all images; shows progress called `what` on standard error.
std::vector<float> RunFakeQuant(const FakeQuantEngine& engine,
                                const ImageSet& images, const std::string& what,
                                const Parallelism& parallelism);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_FAKE_QUANT_H_
