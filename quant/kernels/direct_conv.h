// Direct convolution: for each class of output pixels the products of its valid
// taps, several pixels and a block of channels at a time. Any window, stride
// and number of channels. The input is read where it lies: no unfolding, no
// border.

#ifndef LOCKSTEP_QUANT_KERNELS_DIRECT_CONV_H_
#define LOCKSTEP_QUANT_KERNELS_DIRECT_CONV_H_

#include <memory>

#include "quant/kernels/microkernels.h"
#include "quant/kernels/packed_conv.h"

namespace lockstep::quant {

// With u8 x s8 products where `micro` has them, else with s16 ones, for which
// each batch of inputs is widened once.
std::unique_ptr<PackedConv> PackDirectConv(const ConvTask& task,
                                           const Microkernels& micro);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_DIRECT_CONV_H_
