// Direct convolution by the tile registers of AMX: for each class of output
// pixels (pixel_classes.h) the products of its valid taps, 2 groups of up to 16
// rows by 2 blocks of 16 channels at a time. The input is read where it lies.
//
// Groups. A tile reads rows at one constant distance: outputs of a class one
// after another in a row or column of the map, whose taps overlap in the
// first-level cache, or the same pixel of up to 16 images. The second is taken
// where it needs under 3/4 of the tiles: in maps of 8 x 8 and less, of a batch.
// n rows make ceil(n / 16) groups of one size, so that a class needs one shape
// of tiles; the last one begins early enough to end with the rows, and what it
// multiplies again is not stored again. No row is read that is not there.
//
// Steps. The valid taps in a row of a window are taps * stored_in bytes next to
// each other; a step takes the largest divisor of that up to 64: 64 bytes from
// 64 channels on, 48 for three taps of 16 or 32. No tile is filled with zeros,
// but channels that are an odd multiple of 16 make short steps (16 bytes at
// 1 x 1 of 272 channels).
//
// What limits it. Figures: micro-benchmarks on a Xeon with 48 KiB and 2 MiB of
// cache; this code has not run on a CPU with AMX yet.
//  - A product takes 16 cycles, a load 9: 2 x 2 has 4 and 4, 36 of 64 cycles.
//  - The second-level cache gives 46 bytes a cycle, not four tiles in 64. So
//    weights are the outer loop: 32 channels stay in the first level up to a
//    sum of 1152 products. Beyond, they come from the second and inputs must
//    not: steps go from tap to tap before they go on along the channels, so
//    that what neighbouring taps share is read again within three steps.
//  - Memory gives 8 bytes a cycle. Classes of one shape run under one panel of
//    32 channels, so a layer's weights are read once a pass, and every step
//    prefetches a share of the next panel: at batch 1 that is the time.
//  - A tile of sums takes 93 cycles to requantise, 144 to multiply at 64
//    channels. Sums go to one of two 4 KiB buffers while rows of the other are
//    requantised, some after each step: none is read soon after its store.
//  - ldtilecfg takes 180 cycles: once for each shape and pass, 1 to 3 a layer.
//  - If a tile of fewer rows is no faster, 14 pixels in 16 rows lose an eighth.

#ifndef LOCKSTEP_QUANT_KERNELS_TILE_CONV_H_
#define LOCKSTEP_QUANT_KERNELS_TILE_CONV_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "quant/kernels/microkernels.h"
#include "quant/kernels/packed_conv.h"
#include "quant/kernels/tile_microkernels.h"

namespace lockstep::quant {

// Whether the layer reads activations, which have blocks of 16 channels, and
// zeros outside the image. Layers of pixels (4 channels) do not fit.
bool TileFits(const ConvTask& task);

// Tile products (tdpbusd), each at least 16 cycles, of a pass over `images`:
// what a layer that fits costs.
int64_t TileProducts(const ConvTask& task, size_t images);

// The layer must fit. `vectors` requantise.
std::unique_ptr<PackedConv> PackTileConv(const ConvTask& task,
                                         const TileMicrokernels& tiles,
                                         const Microkernels& vectors);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_TILE_CONV_H_
