// ONNX operators that slide a window over a map, or take all of it.
//
// Refused, with the node's name: groups, dilations, pads that are not counted
// in a mean, ceil_mode where it would add a window, means over other axes than
// the map's.

#ifndef LOCKSTEP_QUANT_ONNX_WINDOWS_H_
#define LOCKSTEP_QUANT_ONNX_WINDOWS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "onnx/onnx.pb.h"
#include "quant/onnx_import.h"

namespace lockstep::quant {

// The window of Conv and the pools over a map of shape `in`, with auto_pad as
// pads. `kernel` is what the weights say, {} for a pool, which must have the
// attribute kernel_shape.
absl::StatusOr<Window> ReadWindow(const onnx::NodeProto& node,
                                  std::vector<int> kernel, const Shape& in);

// As ImportNode (onnx_nodes.h).
absl::Status ImportConv(const onnx::NodeProto& node, Import& import);
absl::Status ImportMaxPool(const onnx::NodeProto& node, Import& import);
absl::Status ImportAveragePool(const onnx::NodeProto& node, Import& import);
absl::Status ImportGlobalAveragePool(const onnx::NodeProto& node,
                                     Import& import);
absl::Status ImportReduceMean(const onnx::NodeProto& node, Import& import);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_ONNX_WINDOWS_H_
