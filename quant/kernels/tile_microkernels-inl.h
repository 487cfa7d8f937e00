// The tile micro-kernels over a layer of instructions `T`, for inclusion in the
// file of one instruction set. `T` must be a type of that file alone (in an
// unnamed namespace), as in microkernels-inl.h.
//
// T has, for tile registers that are constants:
//   Configure(const TilePalette&) Release()
//   Zero<tile>() Load<tile>(from, stride) Store<tile>(to, stride)
//   DotU8S8<sums, a, b>() Prefetch(address)

#ifndef LOCKSTEP_QUANT_KERNELS_TILE_MICROKERNELS_INL_H_
#define LOCKSTEP_QUANT_KERNELS_TILE_MICROKERNELS_INL_H_

#include <algorithm>

#include "quant/kernels/tile_microkernels.h"
#include "quant/kernels/tile_palette.h"

namespace lockstep::quant {
namespace {

// Registers: sums of group g and block b in tile 2 g + b, group g in tile
// 4 + g, block b in tile 6 + b.
constexpr int kGroupTile = 4, kBlockTile = 6;
constexpr size_t kLine = 64;  // bytes

template <class T>
void ConfigureTiles(const TileShape& shape) {
  TilePalette palette;
  const auto set = [&](int tile, int rows, int bytes) {
    palette.rows[tile] = rows;
    palette.row_bytes[tile] = bytes;
  };
  for (int tile = 0; tile < kGroupTile; ++tile) set(tile, shape.rows, 64);
  for (int i : {0, 1}) {
    set(kGroupTile + i, shape.rows, shape.bytes);
    set(kBlockTile + i, shape.bytes / 4, 64);
  }
  T::Configure(palette);
}

// Requantises the rows of a task a few at a time.
class Finisher {
 public:
  Finisher(const TileTask& task, int calls)
      : requantize_(task.requantize),
        rest_(task.finish),
        left_(task.finish.row_count),
        at_once_((left_ + calls - 1) / calls) {}

  inline void SomeRows() {
    if (left_ == 0) return;
    rest_.row_count = std::min(at_once_, left_);
    requantize_(rest_);
    left_ -= rest_.row_count;
    rest_.sums += rest_.row_count * rest_.stride;
    rest_.at += rest_.row_count;
  }

 private:
  void (*const requantize_)(const RequantizeTask&);
  RequantizeTask rest_;
  int left_;
  const int at_once_;
};

template <class T, int kGroup, int kBlocks>
inline void StoreGroup(const TileTask& task) {
  constexpr size_t kStride = kTileSumsStride * sizeof(int32_t);
  T::template Store<2 * kGroup>(task.sums[kGroup], kStride);
  if constexpr (kBlocks > 1)
    T::template Store<2 * kGroup + 1>(task.sums[kGroup] + kTileChannels,
                                      kStride);
}

// The products of one step. A tile is loaded just before its first use: the
// loads of the next step run ahead of these products, in other registers.
template <class T, int kGroups, int kBlocks>
inline void MultiplyStep(const TileTask& task, const TileStep& step) {
  T::template Load<kGroupTile>(task.input[0] + step.input, task.input_stride);
  T::template Load<kBlockTile>(task.weights[0] + step.weights, kLine);
  T::template DotU8S8<0, kGroupTile, kBlockTile>();
  if constexpr (kBlocks > 1) {
    T::template Load<kBlockTile + 1>(task.weights[1] + step.weights, kLine);
    T::template DotU8S8<1, kGroupTile, kBlockTile + 1>();
  }
  if constexpr (kGroups > 1) {
    T::template Load<kGroupTile + 1>(task.input[1] + step.input,
                                     task.input_stride);
    T::template DotU8S8<2, kGroupTile + 1, kBlockTile>();
    if constexpr (kBlocks > 1)
      T::template DotU8S8<3, kGroupTile + 1, kBlockTile + 1>();
  }
}

template <class T, int kGroups, int kBlocks>
void MultiplyTiles(const TileTask& task) {
  T::template Zero<0>();
  if constexpr (kBlocks > 1) T::template Zero<1>();
  if constexpr (kGroups > 1) T::template Zero<2>();
  if constexpr (kGroups > 1 && kBlocks > 1) T::template Zero<3>();
  Finisher finisher(task, task.step_count);
  const uint8_t* prefetch = task.prefetch;
  for (int i = 0; i < task.step_count; ++i) {
    MultiplyStep<T, kGroups, kBlocks>(task, task.steps[i]);
    for (int line = 0; line < task.prefetch_lines; ++line, prefetch += kLine)
      T::Prefetch(prefetch);
    finisher.SomeRows();
  }
  if constexpr (kGroups > 1) StoreGroup<T, 1, kBlocks>(task);
  StoreGroup<T, 0, kBlocks>(task);
}

template <class T>
void Multiply(const TileTask& task) {
  if (task.groups == 2)
    return task.blocks == 2 ? MultiplyTiles<T, 2, 2>(task)
                            : MultiplyTiles<T, 2, 1>(task);
  task.blocks == 2 ? MultiplyTiles<T, 1, 2>(task)
                   : MultiplyTiles<T, 1, 1>(task);
}

template <class T>
int64_t ProbeTiles(size_t rounds) {
  ConfigureTiles<T>({16, 64});
  T::template Zero<kGroupTile>();
  T::template Zero<kBlockTile>();
  for (size_t i = 0; i < rounds; ++i) {
    T::template DotU8S8<0, kGroupTile, kBlockTile>();
    T::template DotU8S8<1, kGroupTile, kBlockTile>();
    T::template DotU8S8<2, kGroupTile, kBlockTile>();
    T::template DotU8S8<3, kGroupTile, kBlockTile>();
  }
  T::Release();
  return int64_t{4} * 16 * 16 * 64 * rounds;
}

template <class T>
constexpr TileMicrokernels MakeTileMicrokernels(const char* name) {
  return {name, ConfigureTiles<T>, Multiply<T>, T::Release, ProbeTiles<T>};
}

}  // namespace
}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_TILE_MICROKERNELS_INL_H_
