// The logits of an exported net, computed by LibTorch.

#ifndef LOCKSTEP_TRAIN_NET_LOGITS_H_
#define LOCKSTEP_TRAIN_NET_LOGITS_H_

#include <array>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "data/cifar10.h"

namespace lockstep {

// Rebuilds the net from the ONNX file's bytes and runs it on every image in
// evaluation mode. Errors as DecodeOnnx.
absl::StatusOr<std::vector<std::array<float, kCifarClasses>>> NetLogits(
    const std::string& onnx, const ImageSet& images);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_NET_LOGITS_H_
