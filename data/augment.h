// Crop, flip and normalise: the reference for every faster version.

#ifndef LOCKSTEP_DATA_AUGMENT_H_
#define LOCKSTEP_DATA_AUGMENT_H_

#include <array>
#include <cstdint>

#include "data/cifar10.h"

namespace lockstep {

// Mean and standard deviation of each channel, of pixels scaled to [0, 1].
struct Normalization {
  std::array<float, kCifarChannels> mean = {0.4914f, 0.4822f, 0.4465f};
  std::array<float, kCifarChannels> std = {0.2470f, 0.2435f, 0.2616f};
};

constexpr int kCropPadding = 4;  // He et al. 2016: pad by 4, crop 32x32, flip

// What is done to one image. {kCropPadding, kCropPadding, false} changes
// nothing.
struct Augmentation {
  int top = kCropPadding;   // row of the crop in the padded image, 0..8
  int left = kCropPadding;  // column of it
  bool flip = false;        // mirror left and right, after the crop
};

// The augmentation of image `index` in `epoch`: a function of its arguments
// only, so it is the same on every rank and for any number of loader workers.
Augmentation RandomAugmentation(uint64_t seed, int64_t epoch, uint32_t index);

// out[c][y][x] = (pixel / 255 - mean[c]) / std[c] of the augmented image;
// outside the image a pixel is 0 before normalisation, as in torchvision's
// RandomCrop. `pixels` and `out` are [3][32][32].
void AugmentAndNormalize(const uint8_t* pixels, const Augmentation& how,
                         const Normalization& normalization, float* out);

}  // namespace lockstep

#endif  // LOCKSTEP_DATA_AUGMENT_H_
