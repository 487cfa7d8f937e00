// Every stored value of the integer engine in files, for comparison with other
// engines (tools/peers/compare).

#ifndef LOCKSTEP_QUANT_DUMP_VALUES_H_
#define LOCKSTEP_QUANT_DUMP_VALUES_H_

#include <string>

#include "absl/status/status.h"
#include "data/cifar10.h"
#include "quant/quantize_net.h"

namespace lockstep::quant {

// Runs the reference engine on `images` and writes into `folder`, which it
// makes, values.json:
//
//   [{"name": NODE, "file": "0007.u8", "shape": [C,H,W],
//     "scale": S, "zero_point": Z}, ...]
//
// for every value that is stored in 8 bits, NODE the float node that makes it;
// the files, [images][C][H][W] codes; and logits.f32, [images][classes],
// little-endian.
absl::Status DumpValues(const QuantizedNet& net, const ImageSet& images,
                        const std::string& folder);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_DUMP_VALUES_H_
