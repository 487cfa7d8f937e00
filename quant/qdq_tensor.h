// What single QuantizeLinear and DequantizeLinear nodes say: scales, zero
// points, and the constants that they stand for.
//
//   y = saturate(round_half_even(x / scale) + zero_point),  and back
//   x = (y - zero_point) * scale
//
// Blocks (block_size) and types of other than 8 bits are refused, except int32
// constants, which are biases. Errors are those of onnx_import.h.

#ifndef LOCKSTEP_QUANT_QDQ_TENSOR_H_
#define LOCKSTEP_QUANT_QDQ_TENSOR_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "onnx/onnx.pb.h"
#include "quant/onnx_import.h"

namespace lockstep::quant {

// Inputs 1 and 2 of either operator.
struct QdqParameters {
  std::vector<float> scale;         // positive; one, or one an index of an axis
  std::vector<int32_t> zero_point;  // as many
  int type = 0;  // of the zero points as in TensorProto; 0 if there are none
};

absl::StatusOr<QdqParameters> ReadParameters(const onnx::NodeProto& node,
                                             const Import& import);

// A constant that went through DequantizeLinear, u8 as s8.
struct DequantizedConstant {
  onnx::TensorProto floats;    // what other operators read
  int type = 0;                // onnx::TensorProto::INT8 or INT32
  std::vector<int32_t> codes;  // in the order of `floats`, zero point 0
  std::vector<float> scale;    // one, or one an index of `axis`
  int64_t axis = 0;
};

// `tensor` as the DequantizeLinear `node` reads it: s8 or int32 with zero point
// 0, or u8 with zero point 128, for all other zero points are refused. Its
// floats have the name of the node's output.
absl::StatusOr<DequantizedConstant> ReadDequantized(
    const onnx::NodeProto& node, const onnx::TensorProto& tensor,
    const Import& import);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_QDQ_TENSOR_H_
