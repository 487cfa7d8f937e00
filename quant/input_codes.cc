#include "quant/input_codes.h"

#include <algorithm>
#include <cmath>

#include "data/augment_pixel.h"

namespace lockstep::quant {
namespace {

uint8_t Quantized(float x, float scale, uint8_t zero_point) {
  const float code = std::nearbyint(x / scale) + zero_point;
  return static_cast<uint8_t>(std::clamp(code, 0.0f, 255.0f));
}

}  // namespace

void FillInputCodes(const Normalization& normalization, QuantizedGraph& graph) {
  InputEncoding& input = graph.input;
  for (size_t i = 0; i < input.codes.size(); ++i) {
    const size_t c = i / 256;
    const float x =
        NormalizedPixel(i % 256, normalization.mean[c], normalization.std[c]);
    input.codes[i] = Quantized(x, input.scale, input.zero_point[c]);
  }
}

}  // namespace lockstep::quant
