// Where a net's time goes: each layer by itself, and what would make it faster.

#ifndef LOCKSTEP_QUANT_LAYER_PROFILE_H_
#define LOCKSTEP_QUANT_LAYER_PROFILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "quant/packed_net.h"
#include "quant/peak.h"

namespace lockstep::quant {

struct LayerProfile {
  std::string name;          // of the float node
  std::string shape;         // "64x32x32 -> 64x32x32, 3x3"
  std::string kernel;        // of ConvKernels(), or the operator
  double microseconds = 0;   // an image, median
  int64_t nominal_macs = 0;  // an image, padded taps included
  // Multiplications of an image that the kernel makes, and its products' peak
  // in 10^9 a second; 0 for what is not a kernel.
  int64_t issued_macs = 0;
  double peak_gmacs = 0;
  size_t weight_bytes = 0;  // as packed, read once a batch

  double NominalGmacs() const;
  // Shares of `microseconds`: products at their peak, and weights at `peak`'s
  // reading rate for a batch of `images`. What remains is transforms,
  // requantisation, tails and waiting.
  double ProductShare() const;
  double WeightShare(const Peak& peak, size_t images) const;
};

struct NetProfile {
  size_t images = 1;  // of a batch
  Peak peak;
  std::vector<LayerProfile> layers;

  double Microseconds() const;  // an image
};

// Runs `net` on `images` images of `pixels`, one batch, on the calling thread,
// again and again for `seconds`, and times every layer where it stands, with
// the caches as its neighbours leave them.
NetProfile ProfileLayers(const PackedNet& net, const Peak& peak,
                         const uint8_t* pixels, size_t images, double seconds);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_LAYER_PROFILE_H_
