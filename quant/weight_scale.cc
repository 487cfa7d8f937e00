#include "quant/weight_scale.h"

#include <algorithm>
#include <cmath>

namespace lockstep::quant {
namespace {

constexpr float kWeightMax = 127;
constexpr float kLeastScale = 1e-30f;

}  // namespace

float WeightScale(const float* weights, size_t count) {
  float largest = 0;
  for (size_t i = 0; i < count; ++i)
    largest = std::max(largest, std::abs(weights[i]));
  return std::max(largest / kWeightMax, kLeastScale);
}

int8_t RoundWeight(float weight, float scale) {
  return std::clamp<double>(std::nearbyint(double{weight} / scale), -kWeightMax,
                            kWeightMax);
}

}  // namespace lockstep::quant
