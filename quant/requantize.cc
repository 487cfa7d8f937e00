#include "quant/requantize.h"

namespace lockstep::quant {
namespace {

int64_t ResidualOf(const Requantization& q, size_t c,
                   const uint8_t* residual_u8, const int32_t* residual_wide) {
  if (residual_u8 != nullptr)
    return (int64_t{*residual_u8} << 8) * q.residual_multiplier;
  if (residual_wide != nullptr)
    return int64_t{*residual_wide} * q.wide_multiplier[c];
  return 0;
}

}  // namespace

void RequantizeElement(const IntegerLayer& layer, size_t c, int32_t acc,
                       const uint8_t* residual_u8, const int32_t* residual_wide,
                       uint8_t* out_u8, int32_t* out_i32) {
  if (layer.output == Storage::kWide) {
    *out_i32 = acc;
    return;
  }
  const Requantization& q = layer.requantization;
  const int64_t residual = ResidualOf(q, c, residual_u8, residual_wide);
  if (layer.output == Storage::kU8)
    *out_u8 = RescaleToU8(acc, q.multiplier[c], residual, q.offset[c]);
  else  // |t| < 2^62 fits after >> 32
    *out_i32 = static_cast<int32_t>(
        Rescale(acc, q.multiplier[c], residual, q.offset[c]));
}

}  // namespace lockstep::quant
