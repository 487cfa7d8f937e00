#include "quant/kernels/plain_layers.h"

#include <algorithm>

#include "quant/requantize.h"

namespace lockstep::quant {
namespace {

// The valid part of a window in one dimension, in input pixels.
struct Range1D {
  int begin, end;
};

Range1D WindowAt(int output, int stride, int pad, int kernel, int size) {
  const int start = output * stride - pad;
  return {std::max(start, 0), std::min(start + kernel, size)};
}

void Max(const uint8_t* from, size_t channels, uint8_t* best) {
  for (size_t c = 0; c < channels; ++c) best[c] = std::max(best[c], from[c]);
}

template <typename T>
T* At(T* values, size_t at) {
  return values == nullptr ? nullptr : values + at;
}

void PoolPixel(const ConvTask& task, const uint8_t* image, int y, int x,
               uint8_t* out) {
  const Window& w = task.layer->window;
  const size_t channels = task.stored_out();
  const Range1D rows =
      WindowAt(y, w.stride_h, w.pad_top, w.kernel_h, task.in.height);
  const Range1D columns =
      WindowAt(x, w.stride_w, w.pad_left, w.kernel_w, task.in.width);
  std::fill_n(out, channels, 0);
  for (int row = rows.begin; row < rows.end; ++row)
    for (int column = columns.begin; column < columns.end; ++column)
      Max(image + (size_t(row) * task.in.width + column) * channels, channels,
          out);
}

}  // namespace

void InterleavePixels(const uint8_t* planes, const Shape& shape,
                      uint8_t* stored) {
  const size_t map = size_t(shape.height) * shape.width;
  const size_t channels = StoredChannels(0, shape.channels);
  for (size_t c = 0; c < channels; ++c)
    for (size_t p = 0; p < map; ++p)
      stored[p * channels + c] =
          c < size_t(shape.channels) ? planes[c * map + p] : 0;
}

void MaxPool(const ConvTask& task, const ConvBuffers& buffers,
             const Part& part) {
  const size_t height = task.out.height;
  for (size_t row = part.Begin(buffers.images * height);
       row < part.End(buffers.images * height); ++row) {
    const size_t image = row / height, y = row % height;
    for (int x = 0; x < task.out.width; ++x)
      PoolPixel(task, buffers.input + image * buffers.input_stride, y, x,
                buffers.out_u8 + image * buffers.output_stride +
                    (y * task.out.width + x) * task.stored_out());
  }
}

void SumMap(const ConvTask& task, const ConvBuffers& buffers,
            const Part& part) {
  const size_t channels = task.stored_out();
  const size_t map = size_t(task.in.height) * task.in.width;
  for (size_t image = part.Begin(buffers.images);
       image < part.End(buffers.images); ++image) {
    int32_t* out = buffers.out_i32 + image * buffers.output_stride;
    std::fill_n(out, channels, 0);
    const uint8_t* from = buffers.input + image * buffers.input_stride;
    for (size_t p = 0; p < map; ++p, from += channels)
      for (size_t c = 0; c < channels; ++c) out[c] += from[c];
  }
}

void MatrixOfSums(const ConvTask& task, const int32_t* input,
                  const ConvBuffers& buffers, const Part& part) {
  const size_t inputs = task.in.channels, outputs = task.out.channels;
  for (size_t image = part.Begin(buffers.images);
       image < part.End(buffers.images); ++image) {
    const int32_t* from = input + image * buffers.input_stride;
    const int8_t* weights = task.layer->weights.data();
    for (size_t c = 0; c < outputs; ++c, weights += inputs) {
      int32_t sum = 0;
      for (size_t i = 0; i < inputs; ++i) sum += from[i] * weights[i];
      const size_t at = image * buffers.output_stride + c;
      RequantizeElement(*task.layer, c, sum, At(buffers.residual_u8, at),
                        At(buffers.residual_wide, at), At(buffers.out_u8, at),
                        At(buffers.out_i32, at));
    }
  }
}

}  // namespace lockstep::quant
