// A convolution's weights as the integer engine stores them, and what it takes
// to requantise their sums.

#ifndef LOCKSTEP_QUANT_INTEGER_CONV_H_
#define LOCKSTEP_QUANT_INTEGER_CONV_H_

#include <cstdint>
#include <string>
#include <vector>

#include "quant/float_graph.h"
#include "quant/quantized_graph.h"

namespace lockstep::quant {

// What a layer's input codes q are: real = scale * (q - zero_point[channel]).
struct InputCodes {
  double scale = 1;
  std::vector<int64_t> zero_point;  // [in]
};

struct IntegerConv {
  std::string name;
  double input_scale = 1;
  std::vector<int8_t> weights = {};       // [out][kernel_h][kernel_w][in]
  std::vector<double> weight_scale = {};  // [out]
  std::vector<double> bias = {};          // [out]
  std::vector<int64_t> zero_sum = {};     // [out], sum of zero_point * weight
};

IntegerConv MakeIntegerConv(const FloatNode& node,
                            const QuantizedWeights& weights,
                            const InputCodes& input);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_INTEGER_CONV_H_
