#include "quant/flipped_images.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

ImageSet Images(const std::vector<uint8_t>& labels) {
  ImageSet set;
  set.labels = labels;
  set.pixels.resize(labels.size() * kCifarPixels);
  for (size_t i = 0; i < set.pixels.size(); ++i)
    set.pixels[i] = i / kCifarPixels;  // each image is its number
  return set;
}

TEST(FlippedImages, AreThoseBetweenRightAndWrong) {
  //                               lost same wrong gained lost
  const ImageSet set = Images({3, 3, 3, 5, 0});
  const auto flips = FindFlips(set, {3, 3, 1, 4, 0}, {5, 3, 2, 5, 9}, 10);
  ASSERT_EQ(flips.size(), 3);
  EXPECT_EQ(flips[0].index, 0);
  EXPECT_TRUE(flips[0].Lost());
  EXPECT_EQ(flips[1].index, 3);
  EXPECT_FALSE(flips[1].Lost());
  EXPECT_EQ(flips[1].pixels[0], 3);
  EXPECT_EQ(flips[2].after, 9);
}

TEST(FlippedImages, LimitIsForEachWay) {
  const ImageSet set = Images({1, 1, 1, 1});
  const auto flips = FindFlips(set, {1, 1, 0, 0}, {0, 0, 1, 1}, 1);
  ASSERT_EQ(flips.size(), 2);
  EXPECT_EQ(flips[0].index, 0);
  EXPECT_EQ(flips[1].index, 2);
}

TEST(FlippedImages, GallerySaysBothAnswers) {
  const auto flips = FindFlips(Images({3, 5}), {3, 4}, {5, 5}, 9);
  const HtmlGallery lost = FlipGallery(flips, true, 40);
  ASSERT_EQ(lost.images.size(), 1);
  EXPECT_EQ(lost.images[0].caption, "#0 cat: fp32 cat, int8 dog");
  EXPECT_THAT(lost.images[0].uri, StartsWith("data:image/bmp;base64,"));
  EXPECT_THAT(lost.caption, HasSubstr("1 of 40"));
  EXPECT_EQ(FlipGallery(flips, false, 1).images[0].caption,
            "#1 dog: fp32 deer, int8 dog");
}

}  // namespace
}  // namespace lockstep::quant
