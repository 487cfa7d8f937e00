// Whether an integer graph from a file is one that the engines can run.

#ifndef LOCKSTEP_QUANT_CHECK_INTEGER_GRAPH_H_
#define LOCKSTEP_QUANT_CHECK_INTEGER_GRAPH_H_

#include "absl/status/status.h"
#include "quant/integer_graph.h"

namespace lockstep::quant {

// Checks everything that integer_graph.h says of the sizes, shapes and storages
// of `graph`, the limits of float_graph.h, and the proof against overflow.
// InvalidArgument, or the proof's FailedPrecondition, names the layer.
absl::Status CheckIntegerGraph(const IntegerGraph& graph);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_CHECK_INTEGER_GRAPH_H_
