// How weights, activations and biases of an integer net are distributed.

#ifndef LOCKSTEP_QUANT_VALUE_HISTOGRAMS_H_
#define LOCKSTEP_QUANT_VALUE_HISTOGRAMS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "quant/quantized_graph.h"

namespace lockstep::quant {

// Counts over equal bins; bin i begins at first + i * step.
struct ValueHistogram {
  double first = 0;
  double step = 1;
  std::vector<int64_t> counts;  // none: there are no such values
};

struct LayerHistograms {
  std::string layer;           // the convolution's name
  ValueHistogram weights;      // s8 codes, a bin each
  ValueHistogram activations;  // u8 codes, a bin each
  ValueHistogram biases;       // real values, 64 bins from smallest to largest
};

// Adds `count` codes to a histogram of 256 bins, which it makes of an empty
// one.
void CountCodes(const uint8_t* codes, size_t count, ValueHistogram& histogram);
void CountCodes(const int8_t* codes, size_t count, ValueHistogram& histogram);

ValueHistogram HistogramOfReals(const std::vector<double>& values);

// Weights and biases of every convolution of `graph`, without activations.
std::vector<LayerHistograms> ParameterHistograms(const QuantizedGraph& graph);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_VALUE_HISTOGRAMS_H_
