// From a float net and the ranges of its values to its quantised form.

#ifndef LOCKSTEP_QUANT_QUANTIZE_GRAPH_H_
#define LOCKSTEP_QUANT_QUANTIZE_GRAPH_H_

#include <vector>

#include "data/augment.h"
#include "quant/float_graph.h"
#include "quant/quantized_graph.h"

namespace lockstep::quant {

// Which values are stored in 8 bits.
enum class Dialect {
  // What has to be: a sum that a convolution or an Add makes stays exact where
  // the next step is a ReLU or an Add, and so does the mean over the map. One
  // rounding an Add.
  kFused,
  // Also the terms of an Add and the mean over the map, which ONNX Runtime
  // fuses only so; the pixels get one zero point for all channels. Two
  // roundings an Add.
  kOrt,
};

// Of an activation in `range`: zero point 0 unless it can be negative. 0 is
// always a step.
Encoding ActivationEncoding(const Range& range);

// Quantises `graph`, in which batch norm is folded, with the `ranges` of its
// values. Input codes are pixels as they are; mean and std become part of the
// convolutions that read them, and the zero points are the rounded mean pixel.
QuantizedGraph QuantizeGraph(const FloatGraph& graph,
                             const std::vector<Range>& ranges,
                             const Normalization& normalization,
                             Dialect dialect);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_QUANTIZE_GRAPH_H_
