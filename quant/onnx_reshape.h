// ONNX operators that only give a value another shape: Flatten, Reshape,
// Squeeze. A FloatGraph does not know them; they change the rank by which later
// nodes know a value.
//
// Accepted is what flattens a map, what takes away the axes of a 1x1 map, and
// what leaves the shape as it is; the batch must stay the first axis.

#ifndef LOCKSTEP_QUANT_ONNX_RESHAPE_H_
#define LOCKSTEP_QUANT_ONNX_RESHAPE_H_

#include "absl/status/status.h"
#include "onnx/onnx.pb.h"
#include "quant/onnx_import.h"

namespace lockstep::quant {

// As ImportNode (onnx_nodes.h).
absl::Status ImportFlatten(const onnx::NodeProto& node, Import& import);
absl::Status ImportReshape(const onnx::NodeProto& node, Import& import);
absl::Status ImportSqueeze(const onnx::NodeProto& node, Import& import);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_ONNX_RESHAPE_H_
