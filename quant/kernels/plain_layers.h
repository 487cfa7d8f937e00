// The layers that are not convolutions over u8, in plain loops: together they
// are under 1 % of a net's time. Values in stored form (packed_conv.h).

#ifndef LOCKSTEP_QUANT_KERNELS_PLAIN_LAYERS_H_
#define LOCKSTEP_QUANT_KERNELS_PLAIN_LAYERS_H_

#include <cstdint>

#include "quant/kernels/packed_conv.h"

namespace lockstep::quant {

// Planes [channels][height][width] to value 0's form. `codes`, if not null, has
// the code of each byte, [channels][256].
void InterleavePixels(const uint8_t* planes, const Shape& shape,
                      const uint8_t* codes, uint8_t* stored);

// Each computes `part` of the images' outputs; in MaxPool padding never wins.
void MaxPool(const ConvTask& task, const ConvBuffers& buffers,
             const Part& part);
// The sum over the window, and the residual, channel by channel, rescaled.
void RescaleWindows(const ConvTask& task, const ConvBuffers& buffers,
                    const Part& part);
// The sum over the map, channel by channel.
void SumMap(const ConvTask& task, const ConvBuffers& buffers, const Part& part);
// A 1x1 convolution of such sums, `input`, which do not fit u8.
void MatrixOfSums(const ConvTask& task, const int32_t* input,
                  const ConvBuffers& buffers, const Part& part);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_PLAIN_LAYERS_H_
