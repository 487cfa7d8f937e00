#include "quant/kernels/direct_conv.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "quant/kernels/channel_blocks.h"
#include "quant/kernels/epilogue.h"
#include "quant/kernels/pixel_classes.h"

namespace lockstep::quant {
namespace {

// A pass over the weights serves images of this many bytes, in and out: a part
// of a second-level cache of 512 KiB, beside a block of weights.
constexpr size_t kImageBytes = 256 << 10;

// A PixelClass in the units of the stored values.
struct StoredClass {
  std::vector<Run> runs;
  std::vector<size_t> first;     // bytes from the image's start
  std::vector<size_t> output;    // elements, of channel 0
  std::vector<int32_t> initial;  // [stored channels]: what lies outside adds
};

std::vector<int32_t> OutsideSums(const ConvTask& task,
                                 const PixelClass& pixels) {
  std::vector<int32_t> sums(task.stored_out());
  for (size_t c = 0; c < sums.size(); ++c)
    for (int tap : pixels.outside)
      for (size_t i = 0; i < task.layer->padding.size(); ++i)
        sums[c] += task.layer->padding[i] *
                   WeightAt(task, c, tap * task.stored_in() + i);
  return sums;
}

StoredClass Store(const ConvTask& task, const PixelClass& pixels,
                  size_t pixel_bytes) {
  StoredClass result;
  const int steps = pixel_bytes / 4;
  for (const TapRun& run : pixels.runs)
    result.runs.push_back({static_cast<int32_t>(run.pixel * pixel_bytes),
                           run.tap * steps, run.taps * steps});
  for (int first : pixels.first) result.first.push_back(first * pixel_bytes);
  for (int output : pixels.output)
    result.output.push_back(output * task.stored_out());
  result.initial = OutsideSums(task, pixels);
  return result;
}

class DirectConv : public PackedConv {
 public:
  DirectConv(const ConvTask& task, const Microkernels& micro)
      : micro_(micro),
        widens_(micro.sums_u8s8 == nullptr),
        sums_(widens_ ? micro.sums_s16 : micro.sums_u8s8),
        image_bytes_(StoredStride(task.layer->input, task.in) +
                     StoredStride(1, task.out)),
        epilogue_(task, micro.lanes),
        blocks_(ChannelBlocks(task.stored_out(), micro)),
        weights_(Pack(task)) {
    const size_t pixel_bytes = task.stored_in() * (widens_ ? 2 : 1);
    for (const PixelClass& pixels :
         PixelClasses(task.in, task.out, task.layer->window))
      classes_.push_back(Store(task, pixels, pixel_bytes));
    widened_elements_ = StoredStride(task.layer->input, task.in);
  }

  size_t ScratchBytes(size_t images) const override {
    return widens_ ? 2 * AtOnce(images) * widened_elements_ : 0;
  }
  size_t WeightBytes() const override { return weights_.size(); }

  void Run(const ConvBuffers& buffers, const Part& part,
           uint8_t* scratch) const override {
    for (size_t done = 0; done < buffers.images;) {
      const size_t images = AtOnce(buffers.images - done);
      RunImages(Slice(buffers, done, images), part, scratch);
      done += images;
    }
  }

 private:
  // Consecutive pixels of a class over all images.
  struct Rows {
    const uint8_t* input[kMostRows];
    size_t output[kMostRows];
    int count = 0;
  };

  BlockedWeights Pack(const ConvTask& task) const {
    const Window& window = task.layer->window;
    const size_t elements =
        task.stored_in() * window.kernel_h * window.kernel_w;
    if (widens_)
      return BlockedWeights::Pack<int16_t>(
          blocks_, elements / 2,
          [&](size_t c, size_t i) { return WeightAt(task, c, i); });
    return BlockedWeights::Pack<int8_t>(
        blocks_, elements / 4,
        [&](size_t c, size_t i) { return WeightAt(task, c, i); });
  }

  size_t AtOnce(size_t images) const {
    return std::min(images, std::max<size_t>(kImageBytes / image_bytes_, 1));
  }

  // Shares blocks where that is even, else pixels.
  void RunImages(const ConvBuffers& buffers, const Part& part,
                 uint8_t* scratch) const {
    const uint8_t* input = buffers.input;
    size_t stride = buffers.input_stride;
    if (widens_) {
      micro_.widen(input, buffers.images * stride,
                   reinterpret_cast<int16_t*>(scratch));
      input = scratch;
      stride *= 2;
    }
    const bool by_block = blocks_.size() % part.count == 0;
    const Part all;
    const Part& of_blocks = by_block ? part : all;
    for (size_t b = of_blocks.Begin(blocks_.size());
         b < of_blocks.End(blocks_.size()); ++b)
      for (const StoredClass& pixels : classes_)
        RunClass(buffers, input, stride, blocks_[b], pixels,
                 by_block ? all : part);
  }

  void RunClass(const ConvBuffers& buffers, const uint8_t* input, size_t stride,
                const ChannelBlock& block, const StoredClass& pixels,
                const Part& part) const {
    const size_t of_image = pixels.first.size();
    const size_t end = part.End(buffers.images * of_image);
    const size_t most = micro_.max_rows(block.vectors);
    size_t row = part.Begin(buffers.images * of_image);
    size_t image = row / of_image, pixel = row % of_image;
    while (row < end) {
      Rows rows;
      for (; rows.count < most && row < end; ++row, ++rows.count) {
        rows.input[rows.count] = input + image * stride + pixels.first[pixel];
        rows.output[rows.count] =
            image * buffers.output_stride + pixels.output[pixel];
        if (++pixel == of_image) pixel = 0, ++image;
      }
      RunRows(buffers, block, pixels, rows);
    }
  }

  void RunRows(const ConvBuffers& buffers, const ChannelBlock& block,
               const StoredClass& pixels, const Rows& rows) const {
    alignas(kCacheLine) int32_t sums[kMostRows * kMostChannels];
    SumsTask task = {rows.input,
                     rows.count,
                     block.vectors,
                     pixels.runs.data(),
                     static_cast<int>(pixels.runs.size()),
                     weights_.block(block),
                     pixels.initial.data() + block.first,
                     sums,
                     block.width};
    sums_(task);
    RequantizeTask finish = epilogue_.Task(buffers, block.first);
    finish.sums = sums;
    finish.stride = block.width;
    finish.row_count = rows.count;
    finish.vectors = block.vectors;
    finish.at = rows.output;
    micro_.requantize(finish);
  }

  const Microkernels& micro_;
  const bool widens_;
  void (*const sums_)(const SumsTask&);
  const size_t image_bytes_;  // in and out
  const Epilogue epilogue_;
  const std::vector<ChannelBlock> blocks_;
  const BlockedWeights weights_;
  std::vector<StoredClass> classes_;
  size_t widened_elements_ = 0;  // of an image
};

}  // namespace

std::unique_ptr<PackedConv> PackDirectConv(const ConvTask& task,
                                           const Microkernels& micro) {
  return std::make_unique<DirectConv>(task, micro);
}

}  // namespace lockstep::quant
