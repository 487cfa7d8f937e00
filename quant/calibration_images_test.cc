#include "quant/calibration_images.h"

#include <algorithm>
#include <set>

#include "data/sample_path.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

TEST(DrawIndices, SeedZeroIsTheFirst) {
  EXPECT_EQ(DrawIndices(3, 10, 0), (std::vector<size_t>{0, 1, 2}));
}

TEST(DrawIndices, TenSeedsAreTenDrawsWithoutRepetition) {
  std::set<std::vector<size_t>> draws;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const std::vector<size_t> indices = DrawIndices(512, 50000, seed);
    EXPECT_EQ(indices.size(), 512);
    EXPECT_TRUE(std::is_sorted(indices.begin(), indices.end()));
    EXPECT_EQ(std::set<size_t>(indices.begin(), indices.end()).size(), 512);
    EXPECT_LT(indices.back(), 50000);
    draws.insert(indices);
  }
  EXPECT_EQ(draws.size(), 10);
}

TEST(DrawIndices, IsTheSameOnEveryMachine) {
  EXPECT_EQ(DrawIndices(4, 1000, 1), (std::vector<size_t>{137, 213, 517, 741}));
}

TEST(DrawIndices, CoversAllIfAllAreWanted) {
  EXPECT_EQ(DrawIndices(5, 5, 3), (std::vector<size_t>{0, 1, 2, 3, 4}));
}

TEST(DrawIndices, EveryImageIsAsLikely) {
  std::vector<int> drawn(20);
  for (uint64_t seed = 1; seed <= 4000; ++seed)
    for (size_t i : DrawIndices(5, 20, seed)) ++drawn[i];
  // 1000 expected each, standard deviation 27.
  for (int count : drawn) EXPECT_NEAR(count, 1000, 140);
}

TEST(ReadCalibrationImages, AreTheImagesOfTheirIndices) {
  const auto all = ReadCifar10(SampleDataPath(), Split::kTrain);
  for (uint64_t seed : {0, 5}) {
    const auto chosen = ReadCalibrationImages(SampleDataPath(), 7, seed);
    ASSERT_TRUE(chosen.ok()) << chosen.status();
    ASSERT_EQ(chosen->images.size(), 7);
    EXPECT_EQ(chosen->indices, DrawIndices(7, all->size(), seed));
    for (size_t i = 0; i < 7; ++i) {
      const size_t index = chosen->indices[i];
      EXPECT_EQ(chosen->images.labels[i], all->labels[index]);
      EXPECT_TRUE(std::equal(all->image(index),
                             all->image(index) + kCifarPixels,
                             chosen->images.image(i)));
    }
    EXPECT_EQ(chosen->crc32c, PixelsCrc32c(chosen->images));
  }
}

TEST(ReadCalibrationImages, MoreThanThereAreIsRefused) {
  for (uint64_t seed : {0, 5})
    EXPECT_TRUE(absl::IsInvalidArgument(
        ReadCalibrationImages(SampleDataPath(), 5001, seed).status()));
}

// Bit by bit, with Castagnoli's polynomial reversed.
uint32_t PlainCrc32c(const std::vector<uint8_t>& bytes) {
  uint32_t crc = ~0u;
  for (uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc;
}

TEST(PixelsCrc32c, IsTheStandardOne) {
  // The check value of RFC 3720, B.4: 32 zero bytes.
  EXPECT_EQ(PlainCrc32c(std::vector<uint8_t>(32)), 0x8a9136aa);
  const auto chosen = ReadCalibrationImages(SampleDataPath(), 3, 0);
  EXPECT_EQ(chosen->crc32c, PlainCrc32c(chosen->images.pixels));
  EXPECT_EQ(PixelsCrc32c(ImageSet()), 0);
}

}  // namespace
}  // namespace lockstep::quant
