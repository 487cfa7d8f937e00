// ONNX tensors and attributes as checked C++ values.
//
// Whatever the bytes say, nothing larger than the message itself is allocated:
// a tensor's elements must all be present in it. Format: onnx/onnx.proto.

#ifndef LOCKSTEP_QUANT_ONNX_TENSOR_H_
#define LOCKSTEP_QUANT_ONNX_TENSOR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "onnx/onnx.pb.h"

namespace lockstep::quant {

// The elements of a FLOAT, FLOAT16 or DOUBLE tensor, from raw_data or the typed
// field; a double outside float's range becomes infinite. InvalidArgument names
// the tensor if it has another type, external data (onnx_external.h), negative
// or overflowing dims, or another number of elements than its dims say.
absl::StatusOr<std::vector<float>> FloatElements(
    const onnx::TensorProto& tensor);

// The same for 64-bit integers.
absl::StatusOr<std::vector<int64_t>> IntElements(
    const onnx::TensorProto& tensor);

// Whether the elements are in a file of their own.
bool IsExternal(const onnx::TensorProto& tensor);
// The same for the numbers of a quantised net: uint8, int8 or int32.
absl::StatusOr<std::vector<int32_t>> CodeElements(
    const onnx::TensorProto& tensor);

// "'name' [64,3,3,3]", for messages.
std::string Describe(const onnx::TensorProto& tensor);

// "node 'name' (Conv): why" as InvalidArgument.
absl::Status BadNode(const onnx::NodeProto& node, absl::string_view why);

// The same as Unimplemented: valid ONNX that this engine does not run.
absl::Status Unsupported(const onnx::NodeProto& node, absl::string_view why);

// The node's name, or "#output" where it has none.
std::string NodeName(const onnx::NodeProto& node);

// An attribute, or null.
const onnx::AttributeProto* FindAttribute(const onnx::NodeProto& node,
                                          absl::string_view name);

// An integer attribute with its default.
int64_t IntAttribute(const onnx::NodeProto& node, absl::string_view name,
                     int64_t otherwise);

// A float attribute with its default.
float FloatAttribute(const onnx::NodeProto& node, absl::string_view name,
                     float otherwise);

// A list of `count` integers with its default for each. Unsupported if there
// are more or fewer, or one is outside -2^20..2^20 (no window is that large).
absl::StatusOr<std::vector<int>> IntsAttribute(const onnx::NodeProto& node,
                                               absl::string_view name,
                                               size_t count, int otherwise);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_ONNX_TENSOR_H_
