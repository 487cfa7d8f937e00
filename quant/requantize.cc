#include "quant/requantize.h"

#include <algorithm>

namespace lockstep::quant {
namespace {

void ToU8(const Requantization& q, const int32_t* acc,
          const uint8_t* residual_u8, const int32_t* residual_wide,
          size_t channels, uint8_t* out) {
  for (size_t c = 0; c < channels; ++c) {
    int64_t residual = 0;
    if (residual_u8 != nullptr)
      residual = (int64_t{residual_u8[c]} << 8) * q.residual_multiplier;
    if (residual_wide != nullptr)
      residual = int64_t{residual_wide[c]} * q.wide_multiplier[c];
    out[c] = RescaleToU8(acc[c], q.multiplier[c], residual, q.offset[c]);
  }
}

}  // namespace

void RequantizePixel(const IntegerLayer& layer, const int32_t* acc,
                     const uint8_t* residual_u8, const int32_t* residual_wide,
                     size_t channels, uint8_t* out_u8, int32_t* out_i32) {
  const Requantization& q = layer.requantization;
  if (layer.output == Storage::kU8)
    return ToU8(q, acc, residual_u8, residual_wide, channels, out_u8);
  if (layer.output == Storage::kWide) {
    std::copy(acc, acc + channels, out_i32);
    return;
  }
  for (size_t c = 0; c < channels; ++c)  // logits; |t| < 2^62 fits after >> 32
    out_i32[c] =
        static_cast<int32_t>(Rescale(acc[c], q.multiplier[c], 0, q.offset[c]));
}

}  // namespace lockstep::quant
