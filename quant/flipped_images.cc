#include "quant/flipped_images.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "report/bitmap.h"

namespace lockstep::quant {
namespace {

std::string Uri(const FlippedImage& flip) {
  std::array<uint8_t, kCifarPixels> interleaved;
  constexpr size_t kMap = kCifarSide * kCifarSide;
  for (size_t pixel = 0; pixel < kMap; ++pixel)
    for (size_t c = 0; c < kCifarChannels; ++c)
      interleaved[pixel * kCifarChannels + c] = flip.pixels[c * kMap + pixel];
  return BitmapUri(interleaved.data(), kCifarSide, kCifarSide);
}

}  // namespace

std::vector<FlippedImage> FindFlips(const ImageSet& images,
                                    const std::vector<int>& before,
                                    const std::vector<int>& after,
                                    size_t limit) {
  std::vector<FlippedImage> flips;
  size_t lost = 0, gained = 0;
  for (size_t i = 0; i < images.size(); ++i) {
    const int label = images.labels[i];
    if ((before[i] == label) == (after[i] == label)) continue;
    size_t& seen = before[i] == label ? lost : gained;
    if (seen++ >= limit) continue;
    flips.push_back({i, label, before[i], after[i], {}});
    std::copy_n(images.image(i), kCifarPixels, flips.back().pixels.begin());
  }
  return flips;
}

HtmlGallery FlipGallery(const std::vector<FlippedImage>& flips, bool lost,
                        size_t total) {
  HtmlGallery gallery;
  for (const FlippedImage& flip : flips) {
    if (flip.Lost() != lost) continue;
    gallery.images.push_back(
        {Uri(flip),
         absl::StrCat("#", flip.index, " ", kCifarClassNames[flip.label],
                      ": fp32 ", kCifarClassNames[flip.before], ", int8 ",
                      kCifarClassNames[flip.after])});
  }
  gallery.title = lost ? "Images that int8 loses" : "Images that int8 gains";
  gallery.caption = absl::StrCat(
      lost ? "Right in fp32, wrong in int8" : "Wrong in fp32, right in int8",
      ": ", gallery.images.size(), " of ", total,
      "; number in the test set, class, both answers.");
  return gallery;
}

}  // namespace lockstep::quant
