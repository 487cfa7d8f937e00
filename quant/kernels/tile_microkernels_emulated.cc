#include "quant/kernels/emulated_tiles.h"
#include "quant/kernels/tile_microkernels-inl.h"

namespace lockstep::quant {
namespace {

struct Emulated {
  static EmulatedTiles& Tiles() { return EmulatedTiles::OfThisThread(); }

  static void Configure(const TilePalette& palette) {
    Tiles().Configure(palette);
  }
  static void Release() { Tiles().Release(); }
  template <int tile>
  static void Zero() {
    Tiles().Zero(tile);
  }
  template <int tile>
  static void Load(const void* from, size_t stride) {
    Tiles().Load(tile, from, stride);
  }
  template <int tile>
  static void Store(void* to, size_t stride) {
    Tiles().Store(tile, to, stride);
  }
  template <int sums, int a, int b>
  static void DotU8S8() {
    Tiles().DotU8S8(sums, a, b);
  }
  static void Prefetch(const void*) {}
};

}  // namespace

const TileMicrokernels& EmulatedTileMicrokernels() {
  static constexpr TileMicrokernels kSet =
      MakeTileMicrokernels<Emulated>("emulated-amx");
  return kSet;
}

}  // namespace lockstep::quant
