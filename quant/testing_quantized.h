// Quantised nets for tests: a float net with the same range for every value,
// and comparison.

#ifndef LOCKSTEP_QUANT_TESTING_QUANTIZED_H_
#define LOCKSTEP_QUANT_TESTING_QUANTIZED_H_

#include "onnx/onnx.pb.h"
#include "quant/quantized_graph.h"

namespace lockstep::quant {

// The net of a float `model`, every value in [-2, 4]. With `stores_terms` the
// convolutions before an Add and the mean over the map are stored (dialect
// "ort"). The input's zero points are 125, 123 and 114.
QuantizedGraph TestingQuantized(const onnx::ModelProto& model,
                                bool stores_terms);

// Fails the test where the nets differ, in bits, names or structure.
void ExpectSame(const QuantizedGraph& actual, const QuantizedGraph& expected);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_TESTING_QUANTIZED_H_
