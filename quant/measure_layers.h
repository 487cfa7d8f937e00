// Errors and codes of every stored activation, from the integer engine itself
// and not from a simulation of it in floats.

#ifndef LOCKSTEP_QUANT_MEASURE_LAYERS_H_
#define LOCKSTEP_QUANT_MEASURE_LAYERS_H_

#include <functional>
#include <string>
#include <vector>

#include "data/augment.h"
#include "data/cifar10.h"
#include "quant/float_engine.h"
#include "quant/layer_errors.h"
#include "quant/parallel.h"
#include "quant/quantize_net.h"
#include "quant/quantized_graph.h"
#include "quant/reference_engine.h"
#include "quant/value_histograms.h"

namespace lockstep::quant {

// A stored activation and the float value that it stands for.
struct StoredValue {
  std::string layer;  // that makes it
  int integer_value = 0, float_value = 0;
  Encoding encoding;
};

// Of all values that the integer net stores in 8 bits, but the pixels.
std::vector<StoredValue> StoredValues(const IntegerGraph& graph);

struct LayerMeasurement {
  std::string layer;
  LayerErrors errors;
  ValueHistogram activations;
};

// Runs the integer net on pixels [images][3][32][32] and tells `observer` its
// values, [images][height][width][channels]. Called by several threads at once.
using IntegerRun = std::function<void(const uint8_t* pixels, size_t images,
                                      const Observer& observer)>;

// Runs both nets on `images` and compares `values`, in whose order the results
// are. They are the same bits for any batch size and number of threads. A
// thread keeps the codes of a batch, and 100 bytes a value and image stay.
std::vector<LayerMeasurement> MeasureLayers(
    const std::vector<StoredValue>& values, const FloatEngine& fp32,
    const IntegerRun& int8, const Normalization& normalization,
    const ImageSet& images, const Parallelism& parallelism,
    const Tick& tick = nullptr);

// The same of the first `images` images for a net that was made of a float one,
// by the reference engine. Shows progress on standard error.
std::vector<LayerMeasurement> MeasureNet(const QuantizedNet& net,
                                         const ImageSet& test, size_t images,
                                         const Parallelism& parallelism);

// Gives each layer of `histograms` the activations of the layer of its name.
void AddActivations(const std::vector<LayerMeasurement>& measured,
                    std::vector<LayerHistograms>& histograms);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_MEASURE_LAYERS_H_
