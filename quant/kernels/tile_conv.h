// Direct convolution by the tile registers of AMX: for each class of output
// pixels (pixel_classes.h) the products of its valid taps, 2 groups of up to 16
// rows by 2 blocks of 16 channels at a time. The input is read where it lies.
//
// Groups. A tile reads rows at one constant distance. Rows are either outputs
// of a class one after another in a map's row or column (neighbours share all
// but one column of taps, which the first-level cache keeps), or the same pixel
// of up to 16 images. The second is taken where it needs under 3/4 of the
// tiles: in maps of 8 x 8 and smaller of a batch. n rows make ceil(n / 16)
// groups of one size, so that a class needs one shape of tiles; the last one
// begins early enough to end with the rows. What it multiplies twice it stores
// once. No row is read that is not there.
//
// Steps. The valid taps of a window's row are taps * stored_in bytes next to
// each other; a step takes the largest divisor of that in multiples of 4 up to
// 64 bytes: 64 for 64 channels and more, 48 for three taps of 16 or 32. No
// weight is a zero to fill a tile.
//
// What limits it, by measurements on another AMX CPU (none has run this code):
//  1. tdpbusd takes 16 cycles, a load from either cache 9: 2 x 2 has 4 loads for
//     4 products, 36 of 64 cycles.
//  2. The second-level cache gives 46 bytes a cycle, two of the four tiles. So
//     blocks of weights are the outer loop: 32 channels stay in the first level
//     up to 576 inputs x taps with all else, about up to 1152.
//  3. Beyond that weights come from the second level. Then inputs must not: the
//     taps of a row take turns over the same 64 channels, so that a pixel is
//     read up to three times within six steps.
//  4. Classes with one shape run under one block, so weights of a layer leave
//     memory once (stage 4 of a ResNet-18: 2.25 MiB at 8 bytes a cycle).
//  5. Meanwhile every step prefetches a share of the next block, which at batch
//     1 is what the time goes to.
//  6. Requantising takes 93 cycles for 144 (64 channels) to 1152 of products;
//     so sums go to one of two 4 KiB buffers, and a few rows of the other are
//     requantised after each step: no sum is read soon after it was stored.
//  7. ldtilecfg takes 180 cycles: once for each shape and pass, 1 to 3 a layer.
//  8. Whether tiles of fewer rows are faster is not known; equal groups (15 + 15
//     of 30 pixels, not 16 + 14) lose nothing if not.

#ifndef LOCKSTEP_QUANT_KERNELS_TILE_CONV_H_
#define LOCKSTEP_QUANT_KERNELS_TILE_CONV_H_

#include <memory>

#include "quant/kernels/microkernels.h"
#include "quant/kernels/packed_conv.h"
#include "quant/kernels/tile_microkernels.h"

namespace lockstep::quant {

// Whether the layer reads activations, which have blocks of 16 channels, and
// zeros outside the image. Layers of pixels (4 channels) do not fit.
bool TileFits(const ConvTask& task);

// The layer must fit. `vectors` requantise.
std::unique_ptr<PackedConv> PackTileConv(const ConvTask& task,
                                         const TileMicrokernels& tiles,
                                         const Microkernels& vectors);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_TILE_CONV_H_
