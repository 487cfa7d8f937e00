// A convolution's weights as the integer engine stores them, and the proven
// bounds of its accumulators.

#ifndef LOCKSTEP_QUANT_INTEGER_CONV_H_
#define LOCKSTEP_QUANT_INTEGER_CONV_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "quant/float_graph.h"
#include "quant/quantized_graph.h"

namespace lockstep::quant {

// What a layer's input codes q are: real = scale * (q - zero_point[channel]),
// q in [0, max].
struct InputCodes {
  double scale = 1;
  std::vector<int64_t> zero_point;  // [in]
  int64_t max = 255;
};

struct IntegerConv {
  std::string name;
  double input_scale = 1;
  std::vector<int8_t> weights;            // [out][kernel_h][kernel_w][in]
  std::vector<double> weight_scale;       // [out]
  std::vector<double> bias;               // [out]
  std::vector<int64_t> acc_min, acc_max;  // [out], of the sum of q * w
  std::vector<int64_t> zero_sum;          // [out], the sum of zero_point * w
};

// FailedPrecondition names a channel whose accumulator might not fit int32.
absl::StatusOr<IntegerConv> MakeIntegerConv(const FloatNode& node,
                                            const QuantizedWeights& weights,
                                            const InputCodes& input);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_INTEGER_CONV_H_
