#include "quant/kernels/emulated_tiles.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace lockstep::quant {
namespace {

void FaultUnless(bool legal, const char* fault) {
  if (legal) return;
  std::fprintf(stderr, "AMX fault: %s\n", fault);
  std::abort();
}

template <typename T, size_t n>
bool AllZero(const T (&values)[n], size_t from = 0) {
  return std::all_of(values + from, values + n,
                     [](T value) { return value == 0; });
}

void CheckPalette(const TilePalette& palette) {
  FaultUnless(palette.palette == 1, "#GP: unknown palette");
  FaultUnless(AllZero(palette.reserved) &&
                  AllZero(palette.row_bytes, kTileRegisters) &&
                  AllZero(palette.rows, kTileRegisters),
              "#GP: reserved bytes of a palette are not 0");
  for (int tile = 0; tile < kTileRegisters; ++tile) {
    const int rows = palette.rows[tile], bytes = palette.row_bytes[tile];
    FaultUnless(rows <= kMostTileRows && bytes <= kMostTileBytes,
                "#GP: a palette's tile is larger than 16 rows of 64 bytes");
    FaultUnless((rows == 0) == (bytes == 0),
                "#GP: a palette's tile has rows or bytes alone");
  }
}

}  // namespace

EmulatedTiles& EmulatedTiles::OfThisThread() {
  thread_local EmulatedTiles tiles;
  return tiles;
}

void EmulatedTiles::Configure(const TilePalette& palette) {
  CheckPalette(palette);
  palette_ = palette;
  std::memset(bytes_, 0, sizeof(bytes_));
  ++configurations_;
}

void EmulatedTiles::Release() {
  palette_ = {0};
  std::memset(bytes_, 0, sizeof(bytes_));
}

int EmulatedTiles::Rows(int tile) const {
  FaultUnless(configured(), "#UD: no palette is loaded");
  FaultUnless(tile >= 0 && tile < kTileRegisters && palette_.rows[tile] != 0,
              "#UD: a tile outside the palette");
  return palette_.rows[tile];
}

void EmulatedTiles::Zero(int tile) {
  Rows(tile);
  std::memset(bytes_[tile], 0, sizeof(bytes_[tile]));
}

void EmulatedTiles::Load(int tile, const void* from, size_t stride) {
  const int rows = Rows(tile);
  Zero(tile);
  for (int r = 0; r < rows; ++r)
    std::memcpy(bytes_[tile][r], static_cast<const uint8_t*>(from) + r * stride,
                RowBytes(tile));
}

void EmulatedTiles::Store(int tile, void* to, size_t stride) const {
  for (int r = 0; r < Rows(tile); ++r)
    std::memcpy(static_cast<uint8_t*>(to) + r * stride, bytes_[tile][r],
                RowBytes(tile));
}

void EmulatedTiles::DotU8S8(int sums, int a, int b) {
  const int rows = Rows(sums), steps = Rows(b);
  FaultUnless(sums != a && sums != b && a != b, "#UD: a tile twice in tdpbusd");
  FaultUnless(rows == Rows(a) && RowBytes(sums) == RowBytes(b) &&
                  RowBytes(a) == steps * 4 && RowBytes(b) % 4 == 0,
              "#UD: shapes in tdpbusd that do not match");
  // Lanes beyond RowBytes are 0 in b, so all 16 are computed.
  typedef uint32_t Lanes __attribute__((vector_size(kMostTileBytes)));
  typedef int32_t Signed __attribute__((vector_size(kMostTileBytes)));
  for (int s = 0; s < steps; ++s) {
    Lanes weights;
    std::memcpy(&weights, bytes_[b][s], sizeof(weights));
    Lanes of_byte[4];
    for (int i = 0; i < 4; ++i)
      of_byte[i] = (Lanes)((Signed)(weights << (24 - 8 * i)) >> 24);
    for (int r = 0; r < rows; ++r) {
      Lanes sum;
      std::memcpy(&sum, bytes_[sums][r], sizeof(sum));
      for (int i = 0; i < 4; ++i) sum += of_byte[i] * bytes_[a][r][s * 4 + i];
      std::memcpy(bytes_[sums][r], &sum, sizeof(sum));
    }
  }
  ++products_;
}

}  // namespace lockstep::quant
