#include "quant/kernels/packed_conv.h"

#include <algorithm>

namespace lockstep::quant {
namespace {

template <typename T>
T* Advance(T* pointer, size_t elements) {
  return pointer == nullptr ? nullptr : pointer + elements;
}

}  // namespace

bool ConvTask::PadsWithZeros() const {
  return std::all_of(layer->padding.begin(), layer->padding.end(),
                     [](uint8_t outside) { return outside == 0; });
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
