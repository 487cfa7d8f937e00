// The tile registers of AMX in plain C++: what each instruction does, as the
// manual describes it, and a stop where the CPU would raise a fault. So it is
// proven without AMX that no kernel touches memory or tiles outside its
// palette.
//
// Every thread has its own. A fault (#GP, #UD) writes a line to stderr and
// aborts.

#ifndef LOCKSTEP_QUANT_KERNELS_EMULATED_TILES_H_
#define LOCKSTEP_QUANT_KERNELS_EMULATED_TILES_H_

#include <cstddef>
#include <cstdint>

#include "quant/kernels/tile_palette.h"

namespace lockstep::quant {

class EmulatedTiles {
 public:
  static EmulatedTiles& OfThisThread();

  void Configure(const TilePalette& palette);  // ldtilecfg: tiles become 0
  void Release();                              // tilerelease
  bool configured() const { return palette_.palette != 0; }

  void Zero(int tile);  // tilezero
  // tileloadd, tilestored: the configured rows, `stride` bytes apart.
  void Load(int tile, const void* from, size_t stride);
  void Store(int tile, void* to, size_t stride) const;
  // tdpbusd: sums[r][c] += sum over the 4 bytes i of every step s of
  // u8 a[r][s][i] * s8 b[s][c][i], modulo 2^32.
  void DotU8S8(int sums, int a, int b);

  // Instructions since the thread began.
  int64_t products() const { return products_; }              // tdpbusd
  int64_t configurations() const { return configurations_; }  // ldtilecfg

 private:
  int Rows(int tile) const;  // of a configured tile, else it faults
  int RowBytes(int tile) const { return palette_.row_bytes[tile]; }

  TilePalette palette_ = {0};
  alignas(
      64) uint8_t bytes_[kTileRegisters][kMostTileRows][kMostTileBytes] = {};
  int64_t products_ = 0, configurations_ = 0;
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_EMULATED_TILES_H_
