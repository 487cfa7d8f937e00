// From quantised numbers and real scales to integers only.

#ifndef LOCKSTEP_QUANT_BUILD_INTEGER_GRAPH_H_
#define LOCKSTEP_QUANT_BUILD_INTEGER_GRAPH_H_

#include "absl/status/statusor.h"
#include "quant/integer_graph.h"
#include "quant/quantized_graph.h"

namespace lockstep::quant {

// The integer form of `graph`. Unimplemented names a node whose place in the
// net has none (a ReLU's zero point must be 0; what a pool, or a convolution
// after something else than the input, reads must be stored; of an Add that
// is not stored's terms one must be a convolution). FailedPrecondition names
// layer and channel where the proof fails or a multiplier is 2^31 or more.
absl::StatusOr<IntegerGraph> BuildIntegerGraph(const QuantizedGraph& graph);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_BUILD_INTEGER_GRAPH_H_
