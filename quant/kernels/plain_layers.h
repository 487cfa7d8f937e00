// The layers that are not convolutions over u8, in plain loops: together they
// are under 1 % of a net's time. Values in stored form (packed_conv.h).

#ifndef LOCKSTEP_QUANT_KERNELS_PLAIN_LAYERS_H_
#define LOCKSTEP_QUANT_KERNELS_PLAIN_LAYERS_H_

#include <cstdint>

#include "quant/kernels/packed_conv.h"

namespace lockstep::quant {

// Planes [channels][height][width] to value 0's form.
void InterleavePixels(const uint8_t* planes, const Shape& shape,
                      uint8_t* stored);

// Each computes `part` of the images' outputs; in MaxPool padding never wins.
void MaxPool(const ConvTask& task, const ConvBuffers& buffers,
             const Part& part);
// The sum over the map, channel by channel.
void SumMap(const ConvTask& task, const ConvBuffers& buffers, const Part& part);
// A 1x1 convolution of such sums, `input`, which do not fit u8.
void MatrixOfSums(const ConvTask& task, const int32_t* input,
                  const ConvBuffers& buffers, const Part& part);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_PLAIN_LAYERS_H_
