// One function per ONNX operator: its node becomes nodes of a FloatGraph.
//
// To add an operator: write its Import function, here or beside its like
// (onnx_windows, onnx_matrix, onnx_reshape), and add a row to Operators() in
// onnx_nodes.cc, with the attributes that it looks at.

#ifndef LOCKSTEP_QUANT_ONNX_NODES_H_
#define LOCKSTEP_QUANT_ONNX_NODES_H_

#include "absl/status/status.h"
#include "onnx/onnx.pb.h"
#include "quant/onnx_import.h"

namespace lockstep::quant {

// Appends `node` to import.graph and defines its first output in import.names.
// Unimplemented names a node whose operator or attributes are not supported,
// InvalidArgument one that reads undefined names or has wrong shapes.
absl::Status ImportNode(const onnx::NodeProto& node, Import& import);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_ONNX_NODES_H_
