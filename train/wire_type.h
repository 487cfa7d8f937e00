// --gradient_dtype as LibTorch's type.

#ifndef LOCKSTEP_TRAIN_WIRE_TYPE_H_
#define LOCKSTEP_TRAIN_WIRE_TYPE_H_

#include <c10/core/ScalarType.h>

#include "absl/strings/string_view.h"

namespace lockstep {

// `name` is fp32, bf16 or fp16.
inline at::ScalarType WireType(absl::string_view name) {
  if (name == "bf16") return at::kBFloat16;
  return name == "fp16" ? at::kHalf : at::kFloat;
}

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_WIRE_TYPE_H_
