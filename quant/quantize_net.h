// From a float net and images to everything that its integer form is made of.

#ifndef LOCKSTEP_QUANT_QUANTIZE_NET_H_
#define LOCKSTEP_QUANT_QUANTIZE_NET_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "data/augment.h"
#include "quant/calibration_images.h"
#include "quant/calibration_method.h"
#include "quant/float_graph.h"
#include "quant/integer_graph.h"
#include "quant/parallel.h"
#include "quant/quantize_graph.h"
#include "quant/quantized_graph.h"

namespace lockstep::quant {

struct QuantizeOptions {
  CalibrationOptions calibration;
  uint64_t seed = 0;  // that drew the calibration images, for the record
  bool equalize = false;
  bool correct_bias = false;
  bool round_for_outputs = false;
  Dialect dialect = Dialect::kFused;
};

// What a net was read from, and so how much of it there is.
enum class ModelKind {
  kFloat,     // all of it
  kQdq,       // no float weights
  kIntegers,  // the integer graph alone: an .lsq file
};

struct QuantizedNet {
  ModelKind kind = ModelKind::kFloat;
  // Batch norm folded. Of a QDQ model: quantized.graph, in which weights are
  // rounded and activations are not.
  std::optional<FloatGraph> folded;
  std::optional<QuantizedGraph> quantized;
  IntegerGraph integer;
  Normalization normalization;
  std::map<std::string, std::string> metadata;  // for the files made of it
};

// Folds batch norm in `graph`, equalises, calibrates it on `calibration`,
// corrects biases and builds the integer graph. Errors are those of the steps.
// Shows progress on standard error.
absl::StatusOr<QuantizedNet> QuantizeNet(const FloatGraph& graph,
                                         const Normalization& normalization,
                                         const CalibrationImages& calibration,
                                         const QuantizeOptions& options,
                                         const Parallelism& parallelism);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_QUANTIZE_NET_H_
