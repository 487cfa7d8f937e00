#include "quant/kernels/emulated_tiles.h"

#include <cstring>
#include <random>
#include <string>

#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

void SetTile(TilePalette& palette, int tile, int rows, int bytes) {
  palette.rows[tile] = rows;
  palette.row_bytes[tile] = bytes;
}

// Tile 0 += tile 1 * tile 2, for 5 rows and 6 steps.
TilePalette Palette() {
  TilePalette palette;
  SetTile(palette, 0, 5, 64);
  SetTile(palette, 1, 5, 24);
  SetTile(palette, 2, 6, 64);
  return palette;
}

TEST(EmulatedTiles, MultiplyAndTouchOnlyTheirRows) {
  std::mt19937 random(1);
  uint8_t a[5][24];
  int8_t b[6][16][4];
  int32_t sums[6][17], expected[6][17];
  for (auto& row : a)
    for (uint8_t& value : row) value = random();
  for (auto& step : b)
    for (auto& channel : step)
      for (int8_t& value : channel) value = random();
  for (auto& row : sums)
    for (int32_t& value : row) value = random();
  std::memcpy(expected, sums, sizeof(sums));
  for (int r = 0; r < 5; ++r)
    for (int c = 0; c < 16; ++c)
      for (int k = 0; k < 24; ++k)
        expected[r][c] += uint32_t(int{a[r][k]} * b[k / 4][c][k % 4]);

  EmulatedTiles tiles;
  tiles.Configure(Palette());
  tiles.Load(0, sums, sizeof(sums[0]));
  tiles.Load(1, a, sizeof(a[0]));
  tiles.Load(2, b, sizeof(b[0]));
  tiles.DotU8S8(0, 1, 2);
  tiles.Store(0, sums, sizeof(sums[0]));
  EXPECT_EQ(std::memcmp(sums, expected, sizeof(sums)), 0);
  EXPECT_EQ(tiles.products(), 1);
  EXPECT_EQ(tiles.configurations(), 1);
}

TEST(EmulatedTiles, ConfiguringAndZeroingClear) {
  const int32_t ones[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  const auto first = [](const EmulatedTiles& tiles) {
    int32_t stored[16] = {};
    tiles.Store(0, stored, 0);
    return stored[0];
  };
  EmulatedTiles tiles;
  tiles.Configure(Palette());
  tiles.Load(0, ones, 0);
  EXPECT_EQ(first(tiles), 1);
  tiles.Zero(0);
  EXPECT_EQ(first(tiles), 0);
  tiles.Load(0, ones, 0);
  tiles.Configure(Palette());
  EXPECT_EQ(first(tiles), 0);
}

using EmulatedTilesDeathTest = ::testing::Test;

TEST(EmulatedTilesDeathTest, RefuseTilesOutsideThePalette) {
  uint8_t memory[16][64] = {};
  EmulatedTiles tiles;
  EXPECT_DEATH(tiles.Zero(0), "#UD: no palette is loaded");
  tiles.Configure(Palette());
  EXPECT_DEATH(tiles.Zero(3), "#UD: a tile outside the palette");
  EXPECT_DEATH(tiles.Load(3, memory, 64), "#UD: a tile outside the palette");
  EXPECT_DEATH(tiles.Store(8, memory, 64), "#UD: a tile outside the palette");
  EXPECT_DEATH(tiles.DotU8S8(0, 1, 3), "#UD: a tile outside the palette");
  EXPECT_DEATH(tiles.DotU8S8(0, 1, 1), "#UD: a tile twice");
  EXPECT_DEATH(tiles.DotU8S8(0, 2, 1), "#UD: shapes in tdpbusd");
  tiles.Release();
  EXPECT_DEATH(tiles.Load(0, memory, 64), "#UD: no palette is loaded");
}

TEST(EmulatedTilesDeathTest, RefusePalettesThatTheCpuRefuses) {
  struct {
    void (*spoil)(TilePalette&);
    const char* fault;
  } const cases[] = {
      {[](TilePalette& p) { p.palette = 2; }, "#GP: unknown palette"},
      {[](TilePalette& p) { p.reserved[3] = 1; }, "#GP: reserved bytes"},
      {[](TilePalette& p) { SetTile(p, 8, 1, 4); }, "#GP: reserved bytes"},
      {[](TilePalette& p) { SetTile(p, 7, 17, 64); }, "#GP: .* larger than"},
      {[](TilePalette& p) { SetTile(p, 7, 16, 65); }, "#GP: .* larger than"},
      {[](TilePalette& p) { SetTile(p, 7, 0, 64); }, "rows or bytes alone"},
  };
  for (const auto& test : cases) {
    TilePalette palette = Palette();
    test.spoil(palette);
    EmulatedTiles tiles;
    EXPECT_DEATH(tiles.Configure(palette), test.fault);
  }
}

}  // namespace
}  // namespace lockstep::quant
