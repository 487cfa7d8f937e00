#include "quant/fixed_point.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"

namespace lockstep::quant {
namespace {

constexpr int64_t kOffsetLimit = int64_t{1} << 61;

__int128 Magnitude(__int128 value) { return value < 0 ? -value : value; }

}  // namespace

absl::Status RefuseAt(const Place& place, absl::string_view why) {
  const std::string channel =
      place.channel < 0 ? "" : absl::StrCat(", output channel ", place.channel);
  return absl::FailedPreconditionError(
      absl::StrCat("layer '", place.layer, "'", channel, ": ", why));
}

absl::StatusOr<int32_t> FixedPoint(double ratio, int shift,
                                   const Place& place) {
  const double fixed = std::round(std::ldexp(ratio, shift));
  if (std::abs(fixed) <= std::numeric_limits<int32_t>::max())
    return static_cast<int32_t>(fixed);
  return RefuseAt(place, absl::StrCat("multiplier ", ratio, " * 2^", shift,
                                      " is 2^31 or more: the layer's range is "
                                      "too small for its weights"));
}

absl::StatusOr<int64_t> FixedPointOffset(double value, __int128 exact,
                                         const Place& place) {
  const double fixed = std::round(std::ldexp(value, 32));
  if (!(std::abs(fixed) < double{kOffsetLimit}))
    return RefuseAt(
        place, absl::StrCat("bias of ", value, " output steps is too large"));
  const __int128 offset =
      static_cast<int64_t>(fixed) + (int64_t{1} << 31) + exact;
  if (Magnitude(exact) < kOffsetLimit && Magnitude(offset) < kOffsetLimit)
    return static_cast<int64_t>(offset);
  return RefuseAt(place, "the zero points' share of the sum is too large");
}

}  // namespace lockstep::quant
