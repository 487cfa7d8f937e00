// The bytes of an ONNX file as a message, at a memory that the file's size
// bounds.
//
// A parsed message can be 200 times larger than its bytes: a million nodes
// without content take 4 MB in a file. So the bytes are walked first and what
// they would become is added up.

#ifndef LOCKSTEP_QUANT_ONNX_PARSE_H_
#define LOCKSTEP_QUANT_ONNX_PARSE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "onnx/onnx.pb.h"

namespace lockstep::quant {

// The largest model, with its external data: 2^26 float weights, which is what
// a FloatGraph may have, and 16 MiB for all else.
constexpr int64_t kMaxModelBytes =
    (int64_t{1} << 26) * sizeof(float) + (int64_t{16} << 20);

// Parses a ModelProto. DataLoss if `bytes` are none, or a part of one;
// InvalidArgument if they are more than kMaxModelBytes, or would take more than
// twice their size and 64 MiB.
absl::StatusOr<onnx::ModelProto> ParseOnnx(absl::string_view bytes);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_ONNX_PARSE_H_
