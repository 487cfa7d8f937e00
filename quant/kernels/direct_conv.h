// Direct convolution of valid taps only. Any window, stride and number of
// channels. The input is read where it lies: no unfolding, no border.
//
// By class: for each class of output pixels (pixel_classes.h) all its taps at
// once, several pixels and a block of channels at a time; sums stay in
// registers. Small classes leave a micro-kernel's rows empty: of a 4x4 map's
// nine classes four have one pixel.
//
// By tap: for each tap all pixels for which it is valid, adding to sums in
// memory. Rows are full and weights are read once, so it is the way for small
// maps in small batches; elsewhere the sums' loads and stores cost more.

#ifndef LOCKSTEP_QUANT_KERNELS_DIRECT_CONV_H_
#define LOCKSTEP_QUANT_KERNELS_DIRECT_CONV_H_

#include <memory>

#include "quant/kernels/microkernels.h"
#include "quant/kernels/packed_conv.h"

namespace lockstep::quant {

// Both: with u8 x s8 products where `micro` has them, else with s16 ones, for
// which each batch of inputs is widened once.
std::unique_ptr<PackedConv> PackDirectConv(const ConvTask& task,
                                           const Microkernels& micro);
std::unique_ptr<PackedConv> PackConvByTap(const ConvTask& task,
                                          const Microkernels& micro);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_DIRECT_CONV_H_
