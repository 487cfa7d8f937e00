// The images that one of two classifiers gets right and the other wrong.

#ifndef LOCKSTEP_QUANT_FLIPPED_IMAGES_H_
#define LOCKSTEP_QUANT_FLIPPED_IMAGES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "data/cifar10.h"
#include "report/render_html.h"

namespace lockstep::quant {

struct FlippedImage {
  size_t index = 0;  // in the test set
  int label = 0, before = 0, after = 0;
  std::array<uint8_t, kCifarPixels> pixels = {};  // [3][32][32]

  bool Lost() const { return before == label; }
};

// The first `limit` images that got lost (right before, wrong after) and as
// many that were gained, in the order of the set; the classes have its size.
std::vector<FlippedImage> FindFlips(const ImageSet& images,
                                    const std::vector<int>& before,
                                    const std::vector<int>& after,
                                    size_t limit);

// The lost or the gained ones of `flips` as pictures with their classes;
// `total` is how many there are in all.
HtmlGallery FlipGallery(const std::vector<FlippedImage>& flips, bool lost,
                        size_t total);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_FLIPPED_IMAGES_H_
