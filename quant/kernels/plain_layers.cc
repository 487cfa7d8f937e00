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

// Calls visit(channels of a pixel) for the pixels of the window at (y, x) that
// lie inside the image.
template <typename Visit>
void ForEachTap(const ConvTask& task, const uint8_t* image, int y, int x,
                const Visit& visit) {
  const Window& w = task.layer->window;
  const Range1D rows =
      WindowAt(y, w.stride_h, w.pad_top, w.kernel_h, task.in.height);
  const Range1D columns =
      WindowAt(x, w.stride_w, w.pad_left, w.kernel_w, task.in.width);
  for (int row = rows.begin; row < rows.end; ++row)
    for (int column = columns.begin; column < columns.end; ++column)
      visit(image + (size_t(row) * task.in.width + column) * task.stored_in());
}

// Calls visit(image, y, x, offset of the output pixel) for `part`.
template <typename Visit>
void ForEachOutput(const ConvTask& task, const ConvBuffers& buffers,
                   const Part& part, const Visit& visit) {
  const size_t height = task.out.height;
  for (size_t row = part.Begin(buffers.images * height);
       row < part.End(buffers.images * height); ++row) {
    const size_t image = row / height, y = row % height;
    for (int x = 0; x < task.out.width; ++x)
      visit(buffers.input + image * buffers.input_stride, y, x,
            image * buffers.output_stride +
                (y * task.out.width + x) * task.stored_out());
  }
}

void RescalePixel(const ConvTask& task, const uint8_t* image, int y, int x,
                  const uint8_t* residual, uint8_t* out) {
  const size_t channels = task.out.channels;
  for (size_t c = 0; c < channels; ++c) {
    int32_t sum = 0;
    ForEachTap(task, image, y, x, [&](const uint8_t* tap) { sum += tap[c]; });
    out[c] = RescaleSum(task.layer->requantization, c, sum,
                        residual == nullptr ? 0 : residual[c]);
  }
  std::fill(out + channels, out + task.stored_out(), 0);
}

}  // namespace

void InterleavePixels(const uint8_t* planes, const Shape& shape,
                      const uint8_t* codes, uint8_t* stored) {
  const size_t map = size_t(shape.height) * shape.width;
  const size_t channels = StoredChannels(0, shape.channels);
  std::fill_n(stored, map * channels, 0);
  for (int c = 0; c < shape.channels; ++c)
    for (size_t p = 0; p < map; ++p) {
      const uint8_t byte = planes[c * map + p];
      stored[p * channels + c] =
          codes == nullptr ? byte : codes[256 * c + byte];
    }
}

void MaxPool(const ConvTask& task, const ConvBuffers& buffers,
             const Part& part) {
  const size_t channels = task.stored_out();
  ForEachOutput(
      task, buffers, part, [&](const uint8_t* image, int y, int x, size_t at) {
        uint8_t* best = buffers.out_u8 + at;
        std::fill_n(best, channels, 0);
        ForEachTap(task, image, y, x,
                   [&](const uint8_t* tap) { Max(tap, channels, best); });
      });
}

void RescaleWindows(const ConvTask& task, const ConvBuffers& buffers,
                    const Part& part) {
  ForEachOutput(task, buffers, part,
                [&](const uint8_t* image, int y, int x, size_t at) {
                  RescalePixel(task, image, y, x, At(buffers.residual_u8, at),
                               buffers.out_u8 + at);
                });
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
