// The 64 bytes that ldtilecfg reads: the shape of every tile register (Intel
// SDM, volume 1, chapter 18).

#ifndef LOCKSTEP_QUANT_KERNELS_TILE_PALETTE_H_
#define LOCKSTEP_QUANT_KERNELS_TILE_PALETTE_H_

#include <cstdint>

namespace lockstep::quant {

constexpr int kTileRegisters = 8;
constexpr int kMostTileRows = 16;   // of a tile
constexpr int kMostTileBytes = 64;  // of a row

struct TilePalette {
  uint8_t palette = 1;  // the only one with tiles
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16] = {};  // entries from kTileRegisters on are 0
  uint8_t rows[16] = {};        // 0 with 0 bytes: not configured
};
static_assert(sizeof(TilePalette) == 64);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_TILE_PALETTE_H_
