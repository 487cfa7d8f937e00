// Reads a float ONNX classifier into a FloatGraph.
//
// Accepted: one float input [N,3,32,32], one output [N,10], opsets 7 to 22, the
// operators of the table in onnx_nodes.cc: Conv, BatchNormalization, Relu, Add,
// MaxPool, AveragePool, GlobalAveragePool, ReduceMean over the map, Flatten,
// Reshape and Squeeze that flatten, Gemm, MatMul, Constant, Identity, Cast to
// float, Dropout, and one Softmax or LogSoftmax at the end, which is skipped.
// With QuantizeLinear and DequantizeLinear among them it is a quantised net
// (qdq_nodes.h), whose input may be u8. Everything else is refused by node
// name. The bytes may come from anywhere: every size is checked, and the memory
// needed is bounded by the file's size (onnx_parse.h) and by a graph's limits
// (float_graph.h).

#ifndef LOCKSTEP_QUANT_ONNX_READER_H_
#define LOCKSTEP_QUANT_ONNX_READER_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "quant/float_graph.h"
#include "quant/quantized_graph.h"

namespace lockstep::quant {

struct OnnxModel {
  // Batch norm is not folded yet; empty if `quantized` is set.
  FloatGraph graph;
  std::map<std::string, std::string> metadata;  // metadata_props
  // "Softmax 'name'" or "LogSoftmax 'name'" if that is the model's last node:
  // `graph` ends in the logits before it, whose order is the same. Else "".
  std::string skipped_output;
  // Of a model with QuantizeLinear and DequantizeLinear nodes. FillInputCodes
  // (input_codes.h) must complete it before it runs.
  std::optional<QuantizedGraph> quantized = std::nullopt;
};

// Parses the serialized ModelProto in `bytes`. DataLoss if they are no ONNX
// file, InvalidArgument for a broken one, Unimplemented for what is not
// supported; messages name the node, what is wrong and what is accepted.
// Tensors in external files are refused.
absl::StatusOr<OnnxModel> ReadOnnx(absl::string_view bytes);

// ReadOnnx of a file and of those in its folder that it names
// (onnx_external.h). Errors begin with its path; also those of ReadFile.
absl::StatusOr<OnnxModel> ReadOnnxFile(const std::string& path);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_ONNX_READER_H_
