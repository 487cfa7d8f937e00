// Matrix products of u8 by s8 on the tile registers of AMX: the inner loop of
// tile_conv.h. As in microkernels.h, a set is functions over plain memory,
// written once (tile_microkernels-inl.h) over a thin layer of instructions:
// the real ones, or their emulated twin (emulated_tiles.h).
//
// Vocabulary
//   group    up to 16 rows of input at a constant distance: the rows of a tile
//   block    16 output channels: the columns of a tile
//   step     as many bytes of every row of a group as one tile holds, and their
//            weights, [4 bytes of a row][channel of the block][byte]
//
// The tiles' shapes are state of the calling thread, from `configure` to
// `release`; a thread that keeps them makes each of its context switches save
// 8 KiB.

#ifndef LOCKSTEP_QUANT_KERNELS_TILE_MICROKERNELS_H_
#define LOCKSTEP_QUANT_KERNELS_TILE_MICROKERNELS_H_

#include <cstddef>
#include <cstdint>

#include "quant/kernels/microkernels.h"

namespace lockstep::quant {

constexpr int kTileChannels = 16;       // of a block
constexpr size_t kTileSumsStride = 32;  // int32 from row to row of the sums

struct TileShape {
  int rows;   // of each group, 1 .. 16
  int bytes;  // of a row, in a step: a multiple of 4, 4 .. 64

  bool operator==(const TileShape& other) const {
    return rows == other.rows && bytes == other.bytes;
  }
};

struct TileStep {
  int32_t input;    // bytes from a group's pointer
  int32_t weights;  // bytes from a block's pointer
};

// sums[g][r][b * 16 + c] = sum over steps of
//     group g's row r, step by step, times block b's weights of channel c
// for all rows of the configured shape. Exact modulo 2^32. Between the products
// it finishes other sums, those of an earlier call, and asks for weights that a
// later one needs.
struct TileTask {
  const uint8_t* input[2];    // [groups]: row 0
  int groups;                 // 1 or 2
  size_t input_stride;        // bytes from row to row
  const uint8_t* weights[2];  // [blocks]
  int blocks;                 // 1 or 2
  const TileStep* steps;
  int step_count;  // 1 or more
  // [groups]. Group 0's rows are stored last, over those of group 1 where the
  // two overlap.
  int32_t* sums[2];
  // Cache lines from `prefetch` on that each step brings nearer; any address.
  const uint8_t* prefetch;
  int prefetch_lines;
  void (*requantize)(const RequantizeTask&);
  RequantizeTask finish;  // row_count may be 0
};

struct TileMicrokernels {
  const char* name;
  void (*configure)(const TileShape&);
  void (*multiply)(const TileTask&);
  void (*release)();
  ProbeFunction probe;  // in full tiles; leaves them released
};

// Needs CpuFeatures::amx (cpu.h).
const TileMicrokernels& AmxTileMicrokernels();
// Its twin in plain C++: any x86-64 runs it.
const TileMicrokernels& EmulatedTileMicrokernels();

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_TILE_MICROKERNELS_H_
