#include "quant/requantization.h"

#include "quant/fixed_point.h"

namespace lockstep::quant {
namespace {

// A stored code enters a sum shifted by 8, its multiplier by 24.
constexpr int kCodeShift = 8, kMultiplierShift = 24;

// What a stored tensor adds to a sum: code << 8 times `multiplier`, and `exact`
// for its zero point.
struct StoredTerm {
  int32_t multiplier = 0;
  __int128 exact = 0;
};

// Of sums of `pixels` codes.
absl::StatusOr<StoredTerm> MakeTerm(const Encoding& code, int pixels,
                                    double scale, const Place& place) {
  const auto m =
      FixedPoint(code.scale / (scale * pixels), kMultiplierShift, place);
  if (!m.ok()) return m.status();
  const __int128 codes = __int128{pixels} * code.zero_point << kCodeShift;
  return StoredTerm{*m, -codes * *m};
}

absl::StatusOr<StoredTerm> ResidualTerm(const Residual& residual, double scale,
                                        const Place& place) {
  if (!residual.stored) return StoredTerm();
  return MakeTerm(*residual.stored, 1, scale, place);
}

// What a convolution's accumulator of channel `place.channel` adds.
struct SumTerm {
  int32_t multiplier = 0;
  __int128 exact = 0;
  double bias = 0;  // in output steps
};

absl::StatusOr<SumTerm> MakeTerm(const IntegerConv& conv, double scale, int c) {
  const Place place = {conv.name, c};
  const auto bias = FixedPointOffset(conv.bias[c] / scale, 0, place);
  if (!bias.ok()) return bias.status();
  const auto m =
      FixedPoint(conv.input_scale * conv.weight_scale[c] / scale, 32, place);
  if (!m.ok()) return m.status();
  return SumTerm{*m, -__int128{*m} * conv.zero_sum[c], conv.bias[c] / scale};
}

absl::Status RequantizeChannel(const IntegerConv& conv, double scale,
                               int zero_point, const Residual& residual,
                               const StoredTerm& stored, int c,
                               Requantization& out) {
  const auto sum = MakeTerm(conv, scale, c);
  if (!sum.ok()) return sum.status();
  absl::StatusOr<SumTerm> wide = SumTerm();
  if (residual.wide != nullptr) wide = MakeTerm(*residual.wide, scale, c);
  if (!wide.ok()) return wide.status();
  const Place place = {conv.name, c};
  const auto offset = FixedPointOffset(
      sum->bias + wide->bias,
      sum->exact + wide->exact + stored.exact + (__int128{zero_point} << 32),
      place);
  if (!offset.ok()) return offset.status();
  out.multiplier.push_back(sum->multiplier);
  out.offset.push_back(*offset);
  if (residual.wide != nullptr) out.wide_multiplier.push_back(wide->multiplier);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Requantization> RequantizeConv(const IntegerConv& conv,
                                              double scale, int zero_point,
                                              const Residual& residual) {
  const auto stored = ResidualTerm(residual, scale, {conv.name});
  if (!stored.ok()) return stored.status();
  Requantization out;
  out.residual_multiplier = stored->multiplier;
  for (size_t c = 0; c < conv.bias.size(); ++c) {
    const absl::Status status =
        RequantizeChannel(conv, scale, zero_point, residual, *stored, c, out);
    if (!status.ok()) return status;
  }
  return out;
}

absl::StatusOr<Requantization> RequantizeMean(const Encoding& input, int pixels,
                                              const Encoding& output,
                                              const Residual& residual,
                                              size_t channels,
                                              const std::string& name) {
  const Place place = {name};
  const auto sum = MakeTerm(input, pixels, output.scale, place);
  if (!sum.ok()) return sum.status();
  const auto stored = ResidualTerm(residual, output.scale, place);
  if (!stored.ok()) return stored.status();
  const auto offset = FixedPointOffset(
      0, sum->exact + stored->exact + (__int128{output.zero_point} << 32),
      place);
  if (!offset.ok()) return offset.status();
  Requantization out;
  out.input_multiplier = sum->multiplier;
  out.residual_multiplier = stored->multiplier;
  out.offset.assign(channels, *offset);
  return out;
}

}  // namespace lockstep::quant
