// What this core can do at most, measured: the yardstick of kernels.

#ifndef LOCKSTEP_QUANT_PEAK_H_
#define LOCKSTEP_QUANT_PEAK_H_

#include "quant/kernels/conv_kernel.h"
#include "quant/kernels/isa.h"

namespace lockstep::quant {

// Of one core, 10^9 a second (docs/metrics.md).
struct Peak {
  double u8s8_gmacs = 0;  // u8 x s8 products in registers; 0: no such product
  double s16_gmacs = 0;   // s16 x s16 products in registers
  double tile_gmacs = 0;  // u8 x s8 products of full tiles; 0: no tiles
  double read_gbps = 0;   // bytes read from beyond the second-level cache
};

// Of `products` on an ISA with this peak.
double PeakOf(Products products, const Peak& peak);

// The best of several short runs of each, about 0.1 s together, on the calling
// thread. `isa` must be supported by this CPU.
Peak MeasurePeak(const Isa& isa);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_PEAK_H_
