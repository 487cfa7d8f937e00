// The trained net as an ONNX file, and back. No torch.
//
// Opset 13, IR version 8; input "input" float [N, 3, 32, 32] of normalised
// pixels, output "logits" [N, 10]. Batch norm stays a node of its own.
// metadata_props "lockstep.mean" and "lockstep.std" hold the normalisation the
// net was trained with, "lockstep.net" its name.

#ifndef LOCKSTEP_TRAIN_ONNX_EXPORT_H_
#define LOCKSTEP_TRAIN_ONNX_EXPORT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "train/model/net_spec.h"

namespace lockstep {

// Values by tensor name (TensorsOf), each in the order of the tensor's shape,
// row-major: convolutions [out][in][kh][kw].
using NetValues = std::map<std::string, std::vector<float>>;

// The bytes of the ONNX file. Every tensor of `spec` must be in `values`.
std::string EncodeOnnx(const NetSpec& spec, const NetValues& values);

struct LoadedNet {
  NetSpec spec;
  NetValues values;
};

// Rebuilds net and values from a file that EncodeOnnx made: nodes from the ONNX
// graph, not from the net's name. Anything else is DataLoss or Unimplemented.
absl::StatusOr<LoadedNet> DecodeOnnx(const std::string& bytes);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_ONNX_EXPORT_H_
