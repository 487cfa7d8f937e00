#include "quant/kernels/pixel_classes.h"

#include <set>

#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

constexpr Window kPadded3x3 = {3, 3, 1, 1, 1, 1, 1, 1};

int64_t ValidTaps(const std::vector<PixelClass>& classes) {
  int64_t taps = 0;
  for (const PixelClass& its : classes) taps += its.Taps() * its.output.size();
  return taps;
}

TEST(PixelClasses, CoverEveryPixelOnce) {
  const auto classes = PixelClasses({1, 5, 6}, {1, 5, 6}, kPadded3x3);
  std::set<int> pixels;
  for (const PixelClass& its : classes)
    for (int output : its.output) EXPECT_TRUE(pixels.insert(output).second);
  EXPECT_EQ(pixels.size(), 30u);
  EXPECT_EQ(classes.size(), 9u);  // corners, edges, inside
}

// (3 n - 2)^2 of the 9 n^2 taps of an n x n map: 69 % of a 4x4 map's.
TEST(PixelClasses, SkipTapsOutsideTheImage) {
  for (int side : {1, 2, 4, 32}) {
    const Shape map = {1, side, side};
    EXPECT_EQ(ValidTaps(PixelClasses(map, map, kPadded3x3)),
              (3 * side - 2) * (3 * side - 2));
  }
}

TEST(PixelClasses, NameTheFirstValidTapOfAWindow) {
  const auto classes = PixelClasses({1, 4, 4}, {1, 4, 4}, kPadded3x3);
  const PixelClass& corner = classes[0];  // taps 0..1 of rows and columns
  EXPECT_EQ(corner.output, std::vector<int>({15}));
  EXPECT_EQ(corner.first, std::vector<int>({10}));
  ASSERT_EQ(corner.runs.size(), 2u);
  EXPECT_EQ(corner.runs[1].pixel, 4);
  EXPECT_EQ(corner.runs[1].tap, 3);
  EXPECT_EQ(corner.runs[1].taps, 2);
  EXPECT_EQ(corner.outside, std::vector<int>({2, 5, 6, 7, 8}));
}

TEST(PixelClasses, AWholeMapIsOneClass) {
  const auto classes =
      PixelClasses({16, 5, 5}, {120, 1, 1}, {5, 5, 1, 1, 0, 0, 0, 0});
  ASSERT_EQ(classes.size(), 1u);
  EXPECT_EQ(classes[0].runs.size(), 5u);
  EXPECT_TRUE(classes[0].outside.empty());
}

}  // namespace
}  // namespace lockstep::quant
