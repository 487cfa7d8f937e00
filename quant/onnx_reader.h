// Reads a float ONNX classifier into a FloatGraph.
//
// Accepted: one float input [N,3,32,32], one output [N,10], operators Conv,
// BatchNormalization, Relu, Add, MaxPool, GlobalAveragePool, AveragePool and
// ReduceMean over the whole map, Flatten and a Reshape that flattens, Gemm,
// MatMul, Constant, Identity, Dropout. Opsets 7 to 22. With QuantizeLinear and
// DequantizeLinear among them it is a quantised net (qdq_nodes.h), whose input
// may be u8. Everything else is
// refused by node name. The bytes may come from anywhere: every size is checked
// and nothing much larger than the file is allocated.

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
  FloatGraph
      graph;  // batch norm is not folded yet; empty if `quantized` is set
  std::map<std::string, std::string> metadata;  // metadata_props
  // Of a model with QuantizeLinear and DequantizeLinear nodes. FillInputCodes
  // (input_codes.h) must complete it before it runs.
  std::optional<QuantizedGraph> quantized = std::nullopt;
};

// Parses the serialized ModelProto in `bytes`. DataLoss if they are no ONNX
// file, InvalidArgument for a broken one, Unimplemented for what is not
// supported; messages name the node, what is wrong and what is accepted.
absl::StatusOr<OnnxModel> ReadOnnx(absl::string_view bytes);

// ReadOnnx of a file, whose path errors begin with; also those of ReadFile.
absl::StatusOr<OnnxModel> ReadOnnxFile(const std::string& path);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_ONNX_READER_H_
