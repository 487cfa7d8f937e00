// What tiles do, counted by their emulated twin. That results are right is
// tested with all other kernels in conv_test.cc.

#include "quant/kernels/tile_conv.h"

#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "quant/kernels/emulated_tiles.h"
#include "quant/kernels/testing_conv.h"

namespace lockstep::quant {
namespace {

std::unique_ptr<PackedConv> Pack(const TestingConv& conv) {
  return PackTileConv(conv.task(), EmulatedTileMicrokernels(),
                      EmulatedAvx512VnniMicrokernels());
}

// A corner of a 3x3 layer has 4 valid taps, another border pixel 6: no tile is
// multiplied for the rest.
TEST(TileConv, MultipliesValidTapsOnly) {
  struct {
    const char* name;
    ConvCase test;
    int64_t steps;           // groups of rows times steps
    int64_t blocks;          // of 16 output channels
    int64_t configurations;  // for each part
  } const cases[] = {
      // Along the map: 30 pixels are two groups.
      {"stage 1", MapCase(64, 32, 32, 1), 30 * 2 * 9 + 4 * 2 * 6 + 4 * 4, 2, 1},
      {"stage 1, two images", MapCase(64, 32, 32, 2),
       2 * (30 * 2 * 9 + 4 * 2 * 6) + 4 * 4, 2, 2},
      {"stage 2", MapCase(128, 32, 16, 1), 2 * (14 * 9 + 4 * 6 + 4 * 4), 2, 1},
      // Across images: 36 + 4 * 6 + 4 pixels, and 4 + 4 * 2 + 4.
      {"stage 3", MapCase(256, 16, 8, 16), 4 * (36 * 9 + 24 * 6 + 4 * 4), 1, 1},
      {"stage 4", MapCase(512, 48, 4, 16), 8 * (4 * 9 + 8 * 6 + 4 * 4), 3, 1},
      {"stage 4, 33 images", MapCase(512, 48, 4, 33),
       3 * 8 * (4 * 9 + 8 * 6 + 4 * 4), 3, 1},
      {"stage 4, one image", MapCase(512, 48, 4, 1),
       8 * (2 * 9 + 4 * 6 + 4 * 4), 3, 1},
      // A step is three taps of 16 channels, or at the sides both of two.
      {"resnet-20", MapCase(16, 16, 32, 1),
       30 * 2 * 3 + 2 * 2 * 2 + 2 * 2 * 3 + 4 * 2, 1, 2},
      {"shortcut", WithWindow(MapCase(64, 128, 32, 1), 1, 2, 0), 16, 8, 1},
      {"1x1, a map is one run", WithWindow(MapCase(64, 64, 12, 1), 1, 1, 0), 9,
       4, 1},
      {"matrix", WithWindow(MapCase(512, 10, 1, 16), 1, 1, 0), 8, 1, 1},
  };
  EmulatedTiles& twin = EmulatedTiles::OfThisThread();
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const TestingConv conv(c.test, 1);
    const std::unique_ptr<PackedConv> packed = Pack(conv);
    const int64_t products = twin.products();
    const int64_t configurations = twin.configurations();
    conv.Run(*packed, 1);
    EXPECT_EQ(twin.products() - products, c.steps * c.blocks);
    EXPECT_EQ(TileProducts(conv.task(), c.test.images), c.steps * c.blocks);
    EXPECT_EQ(twin.configurations() - configurations, c.configurations);
    EXPECT_FALSE(twin.configured()) << "a thread keeps tiles";
  }
}

// An output that two parts wrote would be a race, which tsan sees; one that was
// written twice over its own residual would be wrong.
TEST(TileConv, PartsWriteEveryOutputOnce) {
  for (int out : {16, 48, 64}) {
    ConvCase test = MapCase(32, out, 19, 3);  // 17 pixels: groups overlap
    test.residual = true;
    const TestingConv conv(test, out);
    const std::unique_ptr<PackedConv> packed = Pack(conv);
    const ConvBuffers apart = conv.Buffers(nullptr, nullptr);
    std::vector<uint8_t> out_u8(apart.residual_u8,
                                apart.residual_u8 + conv.outputs());
    ConvBuffers in_place = conv.Buffers(out_u8.data(), nullptr);
    in_place.residual_u8 = out_u8.data();
    constexpr size_t kParts = 4;
    std::vector<std::thread> threads;
    for (size_t i = 0; i < kParts; ++i)
      threads.emplace_back([&, i] {
        AlignedBuffer<uint8_t> scratch(packed->ScratchBytes(test.images),
                                       kCacheLine);
        packed->Run(in_place, {i, kParts}, scratch.data());
      });
    for (std::thread& thread : threads) thread.join();
    // What lies between images is the residual's, and not compared.
    const std::vector<int32_t> expected = conv.Expected();
    const size_t stored = conv.task().stored_out() * 19 * 19;
    for (size_t image = 0; image < test.images; ++image)
      for (size_t i = 0; i < stored; ++i) {
        const size_t at = image * apart.output_stride + i;
        ASSERT_EQ(out_u8[at], expected[at]) << out << " channels, " << at;
      }
  }
}

TEST(TileConv, FitsLayersOfActivations) {
  EXPECT_TRUE(TileFits(TestingConv(MapCase(16, 16, 8, 1), 1).task()));
  EXPECT_TRUE(TileFits(TestingConv(MapCase(5, 16, 8, 1), 1).task()));
  ConvCase pixels = MapCase(3, 16, 8, 1);
  pixels.pixels = true;
  EXPECT_FALSE(TileFits(TestingConv(pixels, 1).task()));
  pixels.in_channels = 16;  // fills a tile, and pads with other than 0
  EXPECT_FALSE(TileFits(TestingConv(pixels, 1).task()));
}

TEST(TileMicrokernelsDeathTest, NeedAConfiguration) {
  const TileStep step = {0, 0};
  TileTask task = {};
  task.groups = task.blocks = task.step_count = 1;
  task.steps = &step;
  EXPECT_DEATH(EmulatedTileMicrokernels().multiply(task),
               "#UD: no palette is loaded");
}

}  // namespace
}  // namespace lockstep::quant
