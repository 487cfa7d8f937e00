// ONNX operators that multiply by a matrix or add: Gemm, MatMul, Add.
//
// A matrix over a flattened map becomes a convolution whose window is the whole
// map. Gemm's alpha and beta become part of its weights and bias; an Add of a
// constant becomes Op::kAffine, which FoldBatchNorm puts into the matrix or
// convolution before it.

#ifndef LOCKSTEP_QUANT_ONNX_MATRIX_H_
#define LOCKSTEP_QUANT_ONNX_MATRIX_H_

#include "absl/status/status.h"
#include "onnx/onnx.pb.h"
#include "quant/onnx_import.h"

namespace lockstep::quant {

// As ImportNode (onnx_nodes.h).
absl::Status ImportGemm(const onnx::NodeProto& node, Import& import);
absl::Status ImportMatMul(const onnx::NodeProto& node, Import& import);
absl::Status ImportAdd(const onnx::NodeProto& node, Import& import);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_ONNX_MATRIX_H_
