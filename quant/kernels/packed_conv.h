// A convolution in the form that a kernel runs.
//
// Values in memory (stored form): [image][height][width][channels], channels
// rounded up to whole blocks of 16 with zeros, so that no kernel has a tail of
// channels; pixels, value 0 of a graph, are rounded up to 4. u8 or int32.

#ifndef LOCKSTEP_QUANT_KERNELS_PACKED_CONV_H_
#define LOCKSTEP_QUANT_KERNELS_PACKED_CONV_H_

#include <cstddef>
#include <cstdint>

#include "quant/float_graph.h"
#include "quant/integer_graph.h"

namespace lockstep::quant {

constexpr size_t kCacheLine = 64;  // bytes

inline size_t RoundUp(size_t n, size_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

// Channels in memory of value `value`, which has `channels`.
inline size_t StoredChannels(int value, int channels) {
  return RoundUp(channels, value == 0 ? 4 : 16);
}

// Elements from one image of a value to the next. Images a multiple of 4 KiB
// apart would share the sets of a first-level cache, so 64 elements lie between
// them.
inline size_t StoredStride(int value, const Shape& shape) {
  const size_t size = size_t(shape.height) * shape.width *
                      StoredChannels(value, shape.channels);
  return size % 4096 == 0 ? size + kCacheLine : size;
}

// A layer of an integer graph, IntegerOp::kConv over u8.
struct ConvTask {
  const IntegerLayer* layer = nullptr;  // must outlive what is packed from it
  Shape in, out;
  Storage residual = Storage::kU8;  // of the residual's value, if there is one

  size_t stored_in() const { return StoredChannels(layer->input, in.channels); }
  size_t stored_out() const { return RoundUp(out.channels, 16); }
  size_t taps() const {
    return layer->window.kernel_h * layer->window.kernel_w;
  }
  bool PadsWithZeros() const;
  // [in.channels], of one output channel and tap.
  const int8_t* weights(size_t channel, size_t tap) const {
    return layer->weights.data() + (channel * taps() + tap) * in.channels;
  }
};

// Where a batch of the layer's values lies. Strides in elements, of one image.
struct ConvBuffers {
  size_t images = 0;
  const uint8_t* input = nullptr;
  size_t input_stride = 0;
  uint8_t* out_u8 = nullptr;  // one of the two, as the layer's output says
  int32_t* out_i32 = nullptr;
  const uint8_t* residual_u8 = nullptr;  // at most one of the two
  const int32_t* residual_wide = nullptr;
  size_t output_stride = 0;  // and the residual's
};

// Images [first, first + count) of `buffers`.
ConvBuffers Slice(const ConvBuffers& buffers, size_t first, size_t count);

// One of `count` equal shares of a layer, for threads that share a batch.
struct Part {
  size_t index = 0;
  size_t count = 1;

  size_t Begin(size_t items) const { return items * index / count; }
  size_t End(size_t items) const { return items * (index + 1) / count; }
};

// Immutable; any number of threads may run it, each with its own scratch.
class PackedConv {
 public:
  virtual ~PackedConv() = default;

  // Bytes of scratch, aligned to kCacheLine, for up to `images` at once.
  virtual size_t ScratchBytes(size_t images) const = 0;

  // Bytes of weights as packed: what a pass over the layer reads.
  virtual size_t WeightBytes() const = 0;

  // Computes `part` of the outputs, all stored channels of them. The parts of
  // a batch together compute every output once; results depend on neither the
  // number of parts nor of images.
  virtual void Run(const ConvBuffers& buffers, const Part& part,
                   uint8_t* scratch) const = 0;
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_PACKED_CONV_H_
