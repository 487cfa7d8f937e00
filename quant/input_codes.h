// The 8-bit codes of pixels for a quantised net whose input is normalised
// floats.

#ifndef LOCKSTEP_QUANT_INPUT_CODES_H_
#define LOCKSTEP_QUANT_INPUT_CODES_H_

#include "data/augment.h"
#include "quant/quantized_graph.h"

namespace lockstep::quant {

// If graph.input.codes is not empty, makes it the table of
//
//   code = clamp(round_half_even(x / scale) + zero_point, 0, 255)
//
// for every channel and pixel byte, x = (byte / 255 - mean) / std in float as
// NormalizeImages computes it and the division as QuantizeLinear does: bit for
// bit what another engine makes of normalised images.
void FillInputCodes(const Normalization& normalization, QuantizedGraph& graph);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_INPUT_CODES_H_
