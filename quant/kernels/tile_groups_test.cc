#include "quant/kernels/tile_groups.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

struct Layer {
  IntegerLayer layer;
  ConvTask task;
};

Layer MakeLayer(int channels, int side, int kernel, int stride) {
  Layer result;
  const int pad = kernel / 2, out = (side + 2 * pad - kernel) / stride + 1;
  result.layer.input = 1;
  result.layer.window = {kernel, kernel, stride, stride, pad, pad, pad, pad};
  result.task.in = {channels, side, side};
  result.task.out = {16, out, out};
  return result;
}

// Calls `check` with the layer's classes, as pixels and for tiles.
template <typename Check>
void ForEachClass(int channels, int side, int kernel, int stride,
                  const Check& check) {
  Layer layer = MakeLayer(channels, side, kernel, stride);
  layer.task.layer = &layer.layer;
  SCOPED_TRACE(std::to_string(side) + " pixels, kernel " +
               std::to_string(kernel) + ", stride " + std::to_string(stride) +
               ", " + std::to_string(channels) + " channels");
  for (const PixelClass& pixels :
       PixelClasses(layer.task.in, layer.task.out, layer.layer.window))
    check(layer.task, pixels, TileClass(layer.task, pixels));
}

// How often a class's groups store each pixel of each image; checks that every
// row that they read is a pixel of the class.
std::map<std::pair<size_t, size_t>, int> Stored(const TileClass& pixels,
                                                const TileGroups& groups) {
  std::map<std::pair<size_t, size_t>, int> stored;
  const size_t rows = groups.shape().rows;
  for (size_t i = 0; i < groups.count(); ++i) {
    const TileGroup group = groups.group(i);
    EXPECT_LT(group.skip, rows);
    for (size_t r = 0; r < rows; ++r) {
      const size_t pixel = group.pixel + r * groups.pixel_step();
      EXPECT_LT(pixel, pixels.first.size());
      EXPECT_EQ(pixels.first[pixel],
                pixels.first[group.pixel] +
                    r * groups.pixel_step() * pixels.distance);
      if (r >= group.skip)
        ++stored[{group.image + r * groups.image_step(), pixel}];
    }
  }
  return stored;
}

TEST(TileGroups, StoreEveryPixelOfEveryImageOnce) {
  for (int side : {1, 2, 4, 7, 8, 16, 19, 32})
    for (int kernel : {1, 3, 5})
      for (int stride : {1, 2})
        for (size_t images : {1, 2, 3, 5, 15, 16, 17, 33})
          ForEachClass(16, side, kernel, stride,
                       [&](auto&, auto&, const TileClass& tiles) {
                         TileGroups groups(tiles, images);
                         if (groups.shape().rows == 1) groups.Repeat(7);
                         const auto stored = Stored(tiles, groups);
                         EXPECT_EQ(stored.size(), images * tiles.first.size());
                         for (const auto& [pixel, times] : stored) {
                           EXPECT_LT(pixel.first, images);
                           EXPECT_EQ(times, 1);
                         }
                       });
}

// Steps read the bytes of the valid taps, each once, with their weights.
TEST(TileClass, StepsAreTheValidTaps) {
  for (int channels : {5, 16, 32, 48, 64, 80, 128, 272})
    for (int kernel : {1, 3, 5})
      ForEachClass(
          channels, 7, kernel, 1,
          [&](const ConvTask& task, const PixelClass& pixels,
              const TileClass& tiles) {
            const size_t stored = task.stored_in();
            std::set<std::pair<size_t, size_t>> expected, read;
            for (const TapRun& run : pixels.runs)
              for (size_t i = 0; i < run.taps * stored; ++i)
                expected.insert({run.pixel * stored + i, run.tap * stored + i});
            for (const TileStep& step : tiles.steps)
              for (int i = 0; i < tiles.step_bytes; ++i)
                read.insert({step.input + i, step.weights / 16 + i});
            EXPECT_EQ(read, expected);
            EXPECT_EQ(tiles.steps.size() * tiles.step_bytes, expected.size());
            EXPECT_TRUE(tiles.step_bytes % 4 == 0 && tiles.step_bytes <= 64);
          });
}

// Stages of a CIFAR ResNet: along the map in the first two, across images in
// the others, where there are images.
TEST(TileGroups, FillTiles) {
  struct {
    int side;
    size_t images;
    int rows;  // of the inner pixels' tiles
    bool along;
  } const cases[] = {{32, 1, 15, true},  {32, 16, 15, true}, {16, 1, 14, true},
                     {16, 16, 14, true}, {8, 1, 6, true},    {8, 16, 16, false},
                     {4, 1, 2, true},    {4, 16, 16, false}, {4, 17, 9, false}};
  for (const auto& c : cases)
    ForEachClass(
        64, c.side, 3, 1, [&](auto&, auto& pixels, const TileClass& tiles) {
          if (pixels.Taps() != 9) return;
          const TileGroups groups(tiles, c.images);
          EXPECT_EQ(groups.shape().rows, c.rows) << c.images << " images";
          EXPECT_EQ(groups.pixel_step() == 1, c.along) << c.images << " images";
        });
}

}  // namespace
}  // namespace lockstep::quant
