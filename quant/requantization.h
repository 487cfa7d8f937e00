// The integers of a layer's requantisation (the formula in integer_graph.h).

#ifndef LOCKSTEP_QUANT_REQUANTIZATION_H_
#define LOCKSTEP_QUANT_REQUANTIZATION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "quant/integer_conv.h"
#include "quant/integer_graph.h"
#include "quant/quantized_graph.h"

namespace lockstep::quant {

// What is added before rounding: nothing, stored codes or another convolution's
// accumulators.
struct Residual {
  std::optional<Encoding> stored;
  const IntegerConv* wide = nullptr;
};

// Of a convolution whose output has `zero_point` and steps of `scale`.
absl::StatusOr<Requantization> RequantizeConv(const IntegerConv& conv,
                                              double scale, int zero_point,
                                              const Residual& residual);

// Of sums of `pixels` codes encoded as `input`, whose mean, plus the stored
// residual, is stored as `output`; for `channels` channels of layer `name`.
absl::StatusOr<Requantization> RequantizeMean(const Encoding& input, int pixels,
                                              const Encoding& output,
                                              const Residual& residual,
                                              size_t channels,
                                              const std::string& name);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_REQUANTIZATION_H_
