#include "quant/kernels/packed_conv.h"

#include <vector>

namespace lockstep::quant {
namespace {

template <typename T>
T* Advance(T* pointer, size_t elements) {
  return pointer == nullptr ? nullptr : pointer + elements;
}

}  // namespace

int WeightAt(const ConvTask& task, size_t channel, size_t i) {
  const size_t tap = i / task.stored_in(), input = i % task.stored_in();
  const size_t inputs = task.in.channels;
  if (channel >= size_t(task.out.channels) || input >= inputs) return 0;
  const std::vector<int8_t>& weights = task.layer->weights;
  const size_t taps = weights.size() / task.out.channels / inputs;
  return weights[(channel * taps + tap) * inputs + input];
}

ConvBuffers Slice(const ConvBuffers& buffers, size_t first, size_t count) {
  ConvBuffers slice = buffers;
  slice.images = count;
  slice.input += first * buffers.input_stride;
  const size_t skipped = first * buffers.output_stride;
  slice.out_u8 = Advance(buffers.out_u8, skipped);
  slice.out_i32 = Advance(buffers.out_i32, skipped);
  slice.residual_u8 = Advance(buffers.residual_u8, skipped);
  slice.residual_wide = Advance(buffers.residual_wide, skipped);
  return slice;
}

}  // namespace lockstep::quant
