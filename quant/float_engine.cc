#include "quant/float_engine.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "quant/aligned.h"

namespace lockstep::quant {
namespace {

constexpr size_t kVectorAlignment = 32;

template <int kBytes>
struct Vector {
  typedef float Type __attribute__((vector_size(kBytes)));
};

// The tile with kTilePixels * 4 / kBytes vectors a row in registers. The
// generic vectors become whatever the calling function's target has.
template <int kBytes>
inline __attribute__((always_inline)) void Tile(const float* weights,
                                                const float* bias,
                                                const float* panel, size_t k,
                                                float* out) {
  using V = typename Vector<kBytes>::Type;
  constexpr int kVectors = kTilePixels * sizeof(float) / kBytes;
  V sums[kTileRows][kVectors];
  for (size_t r = 0; r < kTileRows; ++r)
    for (int v = 0; v < kVectors; ++v) sums[r][v] = V{} + bias[r];
  for (size_t i = 0; i < k; ++i) {
    const V* pixels = reinterpret_cast<const V*>(panel + i * kTilePixels);
#pragma GCC unroll 4
    for (size_t r = 0; r < kTileRows; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v)
        sums[r][v] += weights[r * k + i] * pixels[v];
  }
  for (size_t r = 0; r < kTileRows; ++r)
    for (int v = 0; v < kVectors; ++v)
      reinterpret_cast<V*>(out + r * kTilePixels)[v] = sums[r][v];
}

__attribute__((target("avx2"))) void TileAvx2(const float* weights,
                                              const float* bias,
                                              const float* panel, size_t k,
                                              float* out) {
  Tile<32>(weights, bias, panel, k, out);
}

bool HasAvx2() { return __builtin_cpu_supports("avx2"); }

size_t RoundUp(size_t n, size_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

// Copies of `images` maps with the window's zero border around each.
std::vector<float> AddBorder(const std::vector<float>& input, size_t images,
                             const Shape& shape, const Window& window,
                             float border) {
  const size_t width = shape.width + window.pad_left + window.pad_right;
  const size_t height = shape.height + window.pad_top + window.pad_bottom;
  const size_t maps = images * shape.channels;
  std::vector<float> output(maps * height * width, border);
  for (size_t map = 0; map < maps; ++map)
    for (size_t y = 0; y < shape.height; ++y)
      std::memcpy(&output[(map * height + y + window.pad_top) * width +
                          window.pad_left],
                  &input[(map * shape.height + y) * shape.width],
                  shape.width * sizeof(float));
  return output;
}

// Where windows and taps are in a bordered tensor [images][C][H][W].
struct Unfolding {
  Unfolding(const Shape& in, const Shape& out, const Window& window)
      : width(in.width + window.pad_left + window.pad_right),
        map(width * (in.height + window.pad_top + window.pad_bottom)),
        image(map * in.channels),
        out_shape(out),
        stride_h(window.stride_h),
        stride_w(window.stride_w) {
    for (int c = 0; c < in.channels; ++c)
      for (int y = 0; y < window.kernel_h; ++y)
        for (int x = 0; x < window.kernel_w; ++x)
          taps.push_back(c * map + y * width + x);
  }

  // Offset of the first tap of output pixel `pixel`, counted over all images.
  size_t Start(size_t pixel) const {
    const size_t size = size_t(out_shape.height) * out_shape.width;
    const size_t y = pixel % size / out_shape.width;
    const size_t x = pixel % out_shape.width;
    return pixel / size * image + y * stride_h * width + x * stride_w;
  }

  const size_t width, map, image;
  const Shape out_shape;
  const size_t stride_h, stride_w;
  std::vector<size_t> taps;  // offsets of the window's elements
};

// panel[tap][p] of pixels first ... first + kTilePixels - 1; beyond `pixels`
// the last one is repeated.
void FillPanel(const Unfolding& unfolding, const float* input, size_t first,
               size_t pixels, float* panel) {
  size_t starts[kTilePixels];
  bool contiguous = true;
  for (size_t p = 0; p < kTilePixels; ++p) {
    starts[p] = unfolding.Start(std::min(first + p, pixels - 1));
    contiguous &= starts[p] == starts[0] + p;
  }
  for (size_t tap : unfolding.taps) {
    if (contiguous)
      std::memcpy(panel, input + starts[0] + tap, kTilePixels * sizeof(float));
    else
      for (size_t p = 0; p < kTilePixels; ++p)
        panel[p] = input[starts[p] + tap];
    panel += kTilePixels;
  }
}

// Stores a tile into [images][channels][map], cutting what is padding.
void StoreTile(const float* tile, size_t channel, size_t first, size_t pixels,
               const Shape& shape, float* output) {
  const size_t map = size_t(shape.height) * shape.width;
  const size_t rows = std::min<size_t>(kTileRows, shape.channels - channel);
  const size_t columns = std::min(kTilePixels, pixels - first);
  for (size_t p = 0; p < columns; ++p) {
    const size_t image = (first + p) / map, pixel = (first + p) % map;
    for (size_t r = 0; r < rows; ++r)
      output[(image * shape.channels + channel + r) * map + pixel] =
          tile[r * kTilePixels + p];
  }
}

void Conv(const std::vector<float>& weights, const std::vector<float>& bias,
          const Unfolding& unfolding, const float* input, size_t images,
          float* output) {
  const Shape& shape = unfolding.out_shape;
  const size_t pixels = images * shape.height * shape.width;
  const size_t taps = unfolding.taps.size();
  AlignedBuffer<float> panels(kTilePanels * taps * kTilePixels,
                              kVectorAlignment);
  AlignedBuffer<float> tile(kTileRows * kTilePixels, kVectorAlignment);
  const bool avx2 = HasAvx2();
  for (size_t begin = 0; begin < pixels; begin += kTilePanels * kTilePixels) {
    const size_t end = std::min(pixels, begin + kTilePanels * kTilePixels);
    float* panel = panels.data();
    for (size_t p = begin; p < end; p += kTilePixels) {
      FillPanel(unfolding, input, p, pixels, panel);
      panel += taps * kTilePixels;
    }
    for (size_t c = 0; c < shape.channels; c += kTileRows) {
      panel = panels.data();
      for (size_t p = begin; p < end; p += kTilePixels) {
        FloatTile(&weights[c * taps], &bias[c], panel, taps, tile.data(), avx2);
        StoreTile(tile.data(), c, p, pixels, shape, output);
        panel += taps * kTilePixels;
      }
    }
  }
}

// output[i] = reduce(first tap of output i's window).
template <typename Reduce>
void Pool(const Unfolding& unfolding, const float* input, size_t images,
          float* output, const Reduce& reduce) {
  const Shape& shape = unfolding.out_shape;
  const size_t map = size_t(shape.height) * shape.width;
  for (size_t i = 0; i < images * shape.size(); ++i) {
    const size_t channel = i / map % shape.channels;
    const size_t pixel = i / shape.size() * map + i % map;
    output[i] =
        reduce(input + unfolding.Start(pixel) + channel * unfolding.map);
  }
}

void MaxPool(const Unfolding& unfolding, size_t taps, const float* input,
             size_t images, float* output) {
  Pool(unfolding, input, images, output, [&](const float* start) {
    float best = start[0];
    for (size_t t = 0; t < taps; ++t)
      best = std::max(best, start[unfolding.taps[t]]);
    return best;
  });
}

void AveragePool(const Unfolding& unfolding, size_t taps, const float* input,
                 size_t images, float* output) {
  Pool(unfolding, input, images, output, [&](const float* start) {
    double sum = 0;
    for (size_t t = 0; t < taps; ++t) sum += start[unfolding.taps[t]];
    return sum / taps;
  });
}

void GlobalAverage(const std::vector<float>& input,
                   std::vector<float>& output) {
  const size_t map = input.size() / output.size();
  for (size_t i = 0; i < output.size(); ++i) {
    double sum = 0;
    for (size_t p = 0; p < map; ++p) sum += input[i * map + p];
    output[i] = sum / map;
  }
}

void Relu(const std::vector<float>& input, std::vector<float>& output) {
  for (size_t i = 0; i < output.size(); ++i)
    output[i] = std::max(input[i], 0.0f);
}

void Add(const std::vector<float>& a, const std::vector<float>& b,
         std::vector<float>& output) {
  for (size_t i = 0; i < output.size(); ++i) output[i] = a[i] + b[i];
}

// Gives the memory back; assigning {} would keep it.
void Release(std::vector<float>& values) { std::vector<float>().swap(values); }

// The vector with zeros up to whole tiles of output channels.
std::vector<float> WholeTiles(const std::vector<float>& values, size_t out) {
  std::vector<float> padded = values;
  if (out > 0) padded.resize(values.size() / out * RoundUp(out, kTileRows));
  return padded;
}

}  // namespace

const char* FloatKernelName() { return HasAvx2() ? "avx2" : "sse2"; }

void FloatTile(const float* weights, const float* bias, const float* panel,
               size_t k, float* out, bool avx2) {
  if (avx2)
    TileAvx2(weights, bias, panel, k, out);
  else
    Tile<16>(weights, bias, panel, k, out);
}

FloatEngine::FloatEngine(FloatGraph graph)
    : graph_(std::move(graph)), last_use_(graph_.shapes.size()) {
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    FloatNode& node = graph_.nodes[i];
    weights_.push_back(WholeTiles(node.weights, node.bias.size()));
    bias_.push_back(WholeTiles(node.bias, node.bias.size()));
    node.weights = {};  // the engine reads the padded copy
    for (int input : node.inputs) last_use_[input] = i;
  }
  last_use_[graph_.output] = graph_.nodes.size();
}

void FloatEngine::Run(const float* input, size_t images, float* output,
                      const Observer& observer) const {
  std::vector<std::vector<float>> values(graph_.shapes.size());
  values[0].assign(input, input + images * graph_.shapes[0].size());
  if (observer) observer(0, values[0].data(), values[0].size());
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    values[i + 1].resize(images * graph_.shapes[i + 1].size());
    RunNode(i, images, values);
    if (observer) observer(i + 1, values[i + 1].data(), values[i + 1].size());
    for (int used : graph_.nodes[i].inputs)
      if (last_use_[used] == i) Release(values[used]);
    if (last_use_[i + 1] == 0) Release(values[i + 1]);  // nothing reads it
  }
  const std::vector<float>& result = values[graph_.output];
  std::copy(result.begin(), result.end(), output);
}

void FloatEngine::RunNode(size_t i, size_t images,
                          std::vector<std::vector<float>>& values) const {
  const FloatNode& node = graph_.nodes[i];
  const std::vector<float>& in = values[node.inputs[0]];
  std::vector<float>& out = values[i + 1];
  if (node.op == Op::kRelu) return Relu(in, out);
  if (node.op == Op::kAdd) return Add(in, values[node.inputs[1]], out);
  if (node.op == Op::kGlobalAveragePool) return GlobalAverage(in, out);
  const Shape& shape = graph_.shapes[node.inputs[0]];
  const Unfolding unfolding(shape, graph_.shapes[i + 1], node.window);
  const size_t taps = size_t(node.window.kernel_h) * node.window.kernel_w;
  const float border =
      node.op == Op::kMaxPool ? -std::numeric_limits<float>::infinity() : 0;
  const std::vector<float> bordered =
      AddBorder(in, images, shape, node.window, border);
  if (node.op == Op::kMaxPool)
    MaxPool(unfolding, taps, bordered.data(), images, out.data());
  else if (node.op == Op::kAveragePool)
    AveragePool(unfolding, taps, bordered.data(), images, out.data());
  else
    Conv(weights_[i], bias_[i], unfolding, bordered.data(), images, out.data());
}

}  // namespace lockstep::quant
