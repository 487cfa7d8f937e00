// Tensors whose elements lie in files beside the model ("model.onnx.data"), as
// PyTorch's exporter writes them.
//
// A model says which bytes of which file. It could say /etc/passwd, so only
// regular files inside the model's own folder are read, whatever links say.

#ifndef LOCKSTEP_QUANT_ONNX_EXTERNAL_H_
#define LOCKSTEP_QUANT_ONNX_EXTERNAL_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "onnx/onnx.pb.h"

namespace lockstep::quant {

// Gives each initializer and Constant of `graph` that is external its bytes as
// raw_data, read from `folder`, and returns how many bytes they are together.
// InvalidArgument names the tensor if its location is absolute, holds "..",
// resolves to a place outside `folder` or to no regular file, if it is not
// inside its file, if tensors share bytes of a file, or if they need more than
// `max_bytes`; also the errors of ReadFile.
absl::StatusOr<int64_t> LoadExternalData(const std::string& folder,
                                         int64_t max_bytes,
                                         onnx::GraphProto& graph);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_ONNX_EXTERNAL_H_
