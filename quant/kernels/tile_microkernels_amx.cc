// Compiled with -mamx-tile -mamx-int8.

#include "quant/kernels/tile_microkernels-inl.h"

namespace lockstep::quant {
namespace {

// Assembly, because g++ 12's intrinsics take literal register numbers only, and
// its _tile_loadconfig tells the compiler of 8 of the 64 bytes that it reads.
// Memory that a tile reads must have been written before Multiply was called.
struct Amx {
  static void Configure(const TilePalette& palette) {
    asm volatile("ldtilecfg %0" ::"m"(palette));
  }
  static void Release() { asm volatile("tilerelease"); }
  template <int tile>
  static void Zero() {
    asm volatile("tilezero %%tmm%c0" ::"i"(tile));
  }
  template <int tile>
  static void Load(const void* from, size_t stride) {
    asm volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(stride),
                 "i"(tile));
  }
  template <int tile>
  static void Store(void* to, size_t stride) {
    asm volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(to), "r"(stride),
                 "i"(tile)
                 : "memory");
  }
  template <int sums, int a, int b>
  static void DotU8S8() {
    asm volatile("tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(sums), "i"(a),
                 "i"(b));
  }
  // Into the second-level cache.
  static void Prefetch(const void* address) {
    __builtin_prefetch(address, 0, 2);
  }
};

}  // namespace

const TileMicrokernels& AmxTileMicrokernels() {
  static constexpr TileMicrokernels kSet = MakeTileMicrokernels<Amx>("amx");
  return kSet;
}

}  // namespace lockstep::quant
