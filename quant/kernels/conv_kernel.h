// The table of convolution kernels, and the choice among them.
//
// To add one: a function that packs a layer, and a row in ConvKernels().

#ifndef LOCKSTEP_QUANT_KERNELS_CONV_KERNEL_H_
#define LOCKSTEP_QUANT_KERNELS_CONV_KERNEL_H_

#include <memory>
#include <vector>

#include "quant/kernels/isa.h"
#include "quant/kernels/packed_conv.h"

namespace lockstep::quant {

// What a kernel multiplies: u8 by s8 (where the ISA has no such products: s16
// by s16), s16 by s16, or tiles of u8 by s8.
enum class Products { kU8S8, kS16, kTiles };

struct ConvKernel {
  const char* name;
  const char* unfit;  // why a layer may not fit
  bool (*fits)(const ConvTask& task, const Isa& isa);
  Products products;
  // Multiplications of an image that it makes.
  int64_t (*macs)(const ConvTask& task);
  // Estimated nanoseconds an image in a batch of `images`, one core; for layers
  // that fit. Estimates order kernels as docs/kernels.md measured them.
  double (*cost)(const ConvTask& task, const Isa& isa, size_t images);
  std::unique_ptr<PackedConv> (*pack)(const ConvTask& task, const Isa& isa);
};

// The first fits every layer.
const std::vector<ConvKernel>& ConvKernels();

// The cheapest that fits, for batches of `images`.
const ConvKernel& ChooseConvKernel(const ConvTask& task, const Isa& isa,
                                   size_t images);

// Multiplications of one image whose taps lie inside it.
int64_t ValidMacs(const ConvTask& task);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_CONV_KERNEL_H_
