// Real multipliers and offsets as the integers of integer_graph.h's formula.

#ifndef LOCKSTEP_QUANT_FIXED_POINT_H_
#define LOCKSTEP_QUANT_FIXED_POINT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep::quant {

// A layer, and its output channel if that is not negative, for messages.
struct Place {
  std::string layer;
  int channel = -1;
};

// FailedPrecondition: "layer 'name', output channel 3: why".
absl::Status RefuseAt(const Place& place, absl::string_view why);

// round(ratio * 2^shift). FailedPrecondition unless it fits int32.
absl::StatusOr<int32_t> FixedPoint(double ratio, int shift, const Place& place);

// round(value * 2^32) + 2^31 + exact, the second part of which rounds to
// nearest. FailedPrecondition unless it and its parts are under 2^61.
absl::StatusOr<int64_t> FixedPointOffset(double value, __int128 exact,
                                         const Place& place);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_FIXED_POINT_H_
