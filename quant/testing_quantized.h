// Quantised nets for tests: a float net with the same range for every value,
// comparison, and the plainest possible evaluation.

#ifndef LOCKSTEP_QUANT_TESTING_QUANTIZED_H_
#define LOCKSTEP_QUANT_TESTING_QUANTIZED_H_

#include <cstdint>
#include <vector>

#include "onnx/onnx.pb.h"
#include "quant/quantized_graph.h"

namespace lockstep::quant {

// The net of a float `model`, every value in [-2, 4]. With `stores_terms` the
// convolutions before an Add and the mean over the map are stored (dialect
// "ort"). The input's zero points are 125, 123 and 114.
QuantizedGraph TestingQuantized(const onnx::ModelProto& model,
                                bool stores_terms);

// The same with scales that are powers of two, even weights, and biases that
// are odd where no coarser sum joins: all arithmetic on it is exact in float,
// and no sum that is stored lies half way between two codes. So every engine,
// however it rounds ties, must make the same codes.
QuantizedGraph ExactQuantized(const onnx::ModelProto& model);

// Fails the test where the nets differ, in bits, names or structure.
void ExpectSame(const QuantizedGraph& actual, const QuantizedGraph& expected);

// All values for one image [3][32][32] of pixel bytes, as what an encoding says
// is written out: dequantise, compute in double, quantise, round half to even.
std::vector<std::vector<double>> RunQuantized(const QuantizedGraph& graph,
                                              const uint8_t* pixels);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_TESTING_QUANTIZED_H_
