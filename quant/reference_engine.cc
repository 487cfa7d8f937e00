#include "quant/reference_engine.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "data/cifar10.h"
#include "quant/reference_product.h"
#include "quant/requantize.h"

namespace lockstep::quant {
namespace {

// Rows of an unfolded block: 64 rows of the largest layer (K = 4608) are 590
// KiB, which a second-level cache of 1 MiB holds; each reading of the weights
// serves all of them.
constexpr size_t kBlockPixels = 64;

// Pixels [images][3][32][32] to codes [images][32][32][3].
std::vector<uint8_t> Interleave(const uint8_t* planes, size_t images,
                                const IntegerGraph& graph) {
  const Shape& shape = graph.shapes[0];
  const std::vector<uint8_t>& codes = graph.input_codes;
  const size_t map = size_t(shape.height) * shape.width;
  std::vector<uint8_t> out(images * shape.size());
  uint8_t* to = out.data();
  for (size_t image = 0; image < images; ++image)
    for (size_t pixel = 0; pixel < map; ++pixel)
      for (int c = 0; c < shape.channels; ++c) {
        const uint8_t byte = planes[image * shape.size() + c * map + pixel];
        *to++ = codes.empty() ? byte : codes[256 * c + byte];
      }
  return out;
}

// Widened copies of the images with the window's border around each, and where
// windows are in them: a row of a window is contiguous.
class Bordered {
 public:
  Bordered(const std::vector<uint8_t>& input, size_t images, const Shape& in,
           const Shape& out, const IntegerLayer& layer)
      : window_(layer.window),
        out_(out),
        channels_(in.channels),
        row_(channels_ * (in.width + window_.pad_left + window_.pad_right)),
        image_(row_ * (in.height + window_.pad_top + window_.pad_bottom)),
        data_(images * image_) {
    FillPadding(layer.padding);
    const size_t row = channels_ * in.width;
    for (size_t y = 0; y < images * in.height; ++y)
      std::copy_n(&input[y * row], row,
                  &data_[y / in.height * image_ +
                         (y % in.height + window_.pad_top) * row_ +
                         window_.pad_left * channels_]);
  }

  // The taps of output pixel `pixel`, counted over all images: [kh][kw][in].
  void Unfold(size_t pixel, int16_t* to) const {
    const size_t length = channels_ * window_.kernel_w;
    const int16_t* from = Start(pixel);
    for (int y = 0; y < window_.kernel_h; ++y)
      std::memcpy(to + y * length, from + y * row_, length * sizeof(int16_t));
  }

  // The first tap of an output pixel, and from one row of taps to the next.
  const int16_t* Start(size_t pixel) const {
    const size_t map = size_t(out_.height) * out_.width;
    const size_t y = pixel % map / out_.width, x = pixel % out_.width;
    return &data_[pixel / map * image_ + y * window_.stride_h * row_ +
                  x * window_.stride_w * channels_];
  }
  size_t row() const { return row_; }

 private:
  void FillPadding(const std::vector<uint8_t>& padding) {
    if (padding.empty() || padding == std::vector<uint8_t>(padding.size()))
      return;  // the data starts as zeros
    for (size_t i = 0; i < data_.size(); ++i)
      data_[i] = padding[i % padding.size()];
  }

  const Window window_;
  const Shape out_;
  const size_t channels_, row_, image_;  // elements
  std::vector<int16_t> data_;
};

// Padding never wins: it is 0 and every window holds a pixel of the image.
void MaxPool(const Bordered& bordered, const Window& window, const Shape& out,
             std::vector<uint8_t>& output) {
  const size_t channels = out.channels;
  for (size_t pixel = 0; pixel < output.size() / channels; ++pixel) {
    const int16_t* start = bordered.Start(pixel);
    uint8_t* best = &output[pixel * channels];
    for (int y = 0; y < window.kernel_h; ++y)
      for (int x = 0; x < window.kernel_w; ++x) {
        const int16_t* tap = start + y * bordered.row() + x * channels;
        for (size_t c = 0; c < channels; ++c)
          best[c] = std::max<int>(best[c], tap[c]);
      }
  }
}

// The sum over each window, and the residual if there is one, rescaled.
void RescaleWindows(const Bordered& bordered, const IntegerLayer& layer,
                    const std::vector<uint8_t>& residual, size_t channels,
                    std::vector<uint8_t>& output) {
  const Window& window = layer.window;
  for (size_t at = 0; at < output.size(); ++at) {
    const size_t c = at % channels;
    const int16_t* start = bordered.Start(at / channels) + c;
    int32_t sum = 0;
    for (int y = 0; y < window.kernel_h; ++y)
      for (int x = 0; x < window.kernel_w; ++x)
        sum += start[y * bordered.row() + x * channels];
    output[at] = RescaleSum(layer.requantization, c, sum,
                            residual.empty() ? 0 : residual[at]);
  }
}

void Sum(const std::vector<uint8_t>& input, const Shape& in,
         std::vector<int32_t>& output) {
  const size_t channels = in.channels;
  for (size_t i = 0; i < input.size(); ++i)
    output[i / in.size() * channels + i % channels] += input[i];
}

// Element `at` of a tensor's vector, or null where the other one is in use.
template <typename Elements>
auto ElementAt(Elements& elements, size_t at) {
  return elements.empty() ? nullptr : &elements[at];
}

}  // namespace

ReferenceEngine::ReferenceEngine(IntegerGraph graph)
    : graph_(std::move(graph)), last_use_(graph_.shapes.size()) {
  for (size_t i = 0; i < graph_.layers.size(); ++i) {
    const IntegerLayer& layer = graph_.layers[i];
    weights_.emplace_back(layer.weights.begin(), layer.weights.end());
    last_use_[layer.input] = i;
    if (layer.residual >= 0) last_use_[layer.residual] = i;
  }
  last_use_[graph_.output()] = graph_.layers.size();
}

void ReferenceEngine::Run(const uint8_t* pixels, size_t images, int32_t* logits,
                          const Observer& observer) const {
  Tensors values(graph_.shapes.size());
  values[0].u8 = Interleave(pixels, images, graph_);
  if (observer) observer(0, values[0]);
  for (size_t i = 0; i < graph_.layers.size(); ++i) {
    const size_t size = images * graph_.shapes[i + 1].size();
    if (graph_.storages[i + 1] == Storage::kU8)
      values[i + 1].u8.resize(size);
    else
      values[i + 1].i32.resize(size);
    RunLayer(i, images, values);
    if (observer) observer(i + 1, values[i + 1]);
    for (int used : {graph_.layers[i].input, graph_.layers[i].residual})
      if (used >= 0 && last_use_[used] == i) values[used] = {};
  }
  const IntegerTensor& result = values[graph_.output()];
  std::copy(result.i32.begin(), result.i32.end(), logits);
  for (size_t i = 0; i < result.u8.size(); ++i)
    logits[i] = result.u8[i] - graph_.encodings.back().zero_point;
}

void ReferenceEngine::RunLayer(size_t i, size_t images, Tensors& values) const {
  const IntegerLayer& layer = graph_.layers[i];
  const Shape& in = graph_.shapes[layer.input];
  const Shape& out = graph_.shapes[i + 1];
  const std::vector<uint8_t>& input = values[layer.input].u8;
  if (layer.op == IntegerOp::kMaxPool)
    MaxPool(Bordered(input, images, in, out, layer), layer.window, out,
            values[i + 1].u8);
  else if (layer.op == IntegerOp::kRescale)
    RescaleWindows(
        Bordered(input, images, in, out, layer), layer,
        layer.residual < 0 ? std::vector<uint8_t>() : values[layer.residual].u8,
        out.channels, values[i + 1].u8);
  else if (layer.op == IntegerOp::kSum)
    Sum(input, in, values[i + 1].i32);
  else if (graph_.storages[layer.input] == Storage::kSums)
    RunConvOfSums(i, images, values);
  else
    RunConv(i, images, values);
}

void ReferenceEngine::RunConv(size_t i, size_t images, Tensors& values) const {
  const IntegerLayer& layer = graph_.layers[i];
  const Shape& out = graph_.shapes[i + 1];
  const Bordered bordered(values[layer.input].u8, images,
                          graph_.shapes[layer.input], out, layer);
  const size_t channels = out.channels;
  const size_t k = layer.weights.size() / channels;
  const size_t pixels = images * out.height * out.width;
  std::vector<int16_t> rows(kBlockPixels * k);
  std::vector<int32_t> sums(kBlockPixels * channels);
  for (size_t begin = 0; begin < pixels; begin += kBlockPixels) {
    const size_t count = std::min(kBlockPixels, pixels - begin);
    for (size_t p = 0; p < count; ++p)
      bordered.Unfold(begin + p, rows.data() + p * k);
    ReferenceProduct(rows.data(), weights_[i].data(), count, channels, k,
                     sums.data());
    for (size_t p = 0; p < count; ++p)
      Store(i, begin + p, &sums[p * channels], values);
  }
}

void ReferenceEngine::Store(size_t i, size_t pixel, const int32_t* sums,
                            Tensors& values) const {
  const IntegerLayer& layer = graph_.layers[i];
  const size_t channels = graph_.shapes[i + 1].channels;
  static const IntegerTensor kNone;
  const IntegerTensor& residual =
      layer.residual >= 0 ? values[layer.residual] : kNone;
  for (size_t c = 0, at = pixel * channels; c < channels; ++c, ++at)
    RequantizeElement(layer, c, sums[c], ElementAt(residual.u8, at),
                      ElementAt(residual.i32, at),
                      ElementAt(values[i + 1].u8, at),
                      ElementAt(values[i + 1].i32, at));
}

// Sums of a map do not fit the product's int16; this is 0.001 % of the work.
void ReferenceEngine::RunConvOfSums(size_t i, size_t images,
                                    Tensors& values) const {
  const IntegerLayer& layer = graph_.layers[i];
  const size_t inputs = graph_.shapes[layer.input].channels;
  const size_t channels = graph_.shapes[i + 1].channels;
  const std::vector<int32_t>& input = values[layer.input].i32;
  std::vector<int32_t> sums(channels);
  for (size_t image = 0; image < images; ++image) {
    for (size_t c = 0; c < channels; ++c) {
      sums[c] = 0;
      for (size_t k = 0; k < inputs; ++k)
        sums[c] += input[image * inputs + k] * layer.weights[c * inputs + k];
    }
    Store(i, image, sums.data(), values);
  }
}

}  // namespace lockstep::quant
