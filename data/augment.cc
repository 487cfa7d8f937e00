#include "data/augment.h"

#include "data/counter_random.h"

namespace lockstep {
namespace {

// Streams 0, 1, 2, ... are the epochs; the sampler's stream is far above them.
constexpr int kOffsets = 2 * kCropPadding + 1;

float PixelOrZero(const uint8_t* plane, int y, int x) {
  const bool inside = y >= 0 && y < kCifarSide && x >= 0 && x < kCifarSide;
  return inside ? plane[y * kCifarSide + x] : 0;
}

}  // namespace

Augmentation RandomAugmentation(uint64_t seed, int64_t epoch, uint32_t index) {
  CounterRandom random(seed, epoch, index);
  Augmentation how;
  how.top = random.Below(kOffsets);
  how.left = random.Below(kOffsets);
  how.flip = random.Below(2) == 1;
  return how;
}

void AugmentAndNormalize(const uint8_t* pixels, const Augmentation& how,
                         const Normalization& normalization, float* out) {
  for (int c = 0; c < kCifarChannels; ++c) {
    const uint8_t* plane = pixels + c * kCifarSide * kCifarSide;
    for (int y = 0; y < kCifarSide; ++y) {
      for (int x = 0; x < kCifarSide; ++x) {
        const int column = how.flip ? kCifarSide - 1 - x : x;
        const float pixel = PixelOrZero(plane, y + how.top - kCropPadding,
                                        column + how.left - kCropPadding);
        *out++ =
            (pixel / 255.0f - normalization.mean[c]) / normalization.std[c];
      }
    }
  }
}

}  // namespace lockstep
