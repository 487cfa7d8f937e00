// From a float net and images to everything that its integer form is made of.

#ifndef LOCKSTEP_QUANT_QUANTIZE_NET_H_
#define LOCKSTEP_QUANT_QUANTIZE_NET_H_

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "data/augment.h"
#include "data/cifar10.h"
#include "quant/float_graph.h"
#include "quant/integer_graph.h"
#include "quant/parallel.h"
#include "quant/quantized_graph.h"

namespace lockstep::quant {

struct QuantizedNet {
  FloatGraph folded;  // batch norm folded
  Normalization normalization;
  std::vector<Range> ranges;      // of the values of `folded`
  size_t calibration_images = 0;  // that they were found on
  QuantizedGraph quantized;
  IntegerGraph integer;
};

// Folds batch norm in `graph`, calibrates it on `calibration` and builds the
// integer graph. Errors are those of FoldBatchNorm, CalibrateMinMax and
// BuildIntegerGraph. Shows progress on standard error.
absl::StatusOr<QuantizedNet> QuantizeNet(const FloatGraph& graph,
                                         const Normalization& normalization,
                                         const ImageSet& calibration,
                                         const Parallelism& parallelism);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_QUANTIZE_NET_H_
