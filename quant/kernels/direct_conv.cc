#include "quant/kernels/direct_conv.h"

#include <algorithm>
#include <numeric>
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

// What each tap adds where it lies outside the image: [tap][stored output].
using PaddingSums = std::vector<std::vector<int32_t>>;

PaddingSums SumPadding(const ConvTask& task) {
  PaddingSums sums(task.taps(), std::vector<int32_t>(task.stored_out()));
  if (task.PadsWithZeros()) return sums;
  const std::vector<uint8_t>& padding = task.layer->padding;
  for (int c = 0; c < task.out.channels; ++c)
    for (size_t tap = 0; tap < sums.size(); ++tap)
      sums[tap][c] = std::inner_product(padding.begin(), padding.end(),
                                        task.weights(c, tap), 0);
  return sums;
}

std::vector<int32_t> OutsideSums(const PaddingSums& padding,
                                 const PixelClass& pixels) {
  std::vector<int32_t> sums(padding[0].size());
  for (int tap : pixels.outside)
    for (size_t c = 0; c < sums.size(); ++c) sums[c] += padding[tap][c];
  return sums;
}

StoredClass Store(const ConvTask& task, const PaddingSums& padding,
                  const PixelClass& pixels, size_t pixel_bytes) {
  StoredClass result;
  const int steps = pixel_bytes / 4;
  for (const TapRun& run : pixels.runs)
    result.runs.push_back({static_cast<int32_t>(run.pixel * pixel_bytes),
                           run.tap * steps, run.taps * steps});
  for (int first : pixels.first) result.first.push_back(first * pixel_bytes);
  for (int output : pixels.output)
    result.output.push_back(output * task.stored_out());
  result.initial = OutsideSums(padding, pixels);
  return result;
}

// What both orders share.
class DirectConv : public PackedConv {
 public:
  DirectConv(const ConvTask& task, const Microkernels& micro)
      : micro_(micro),
        widens_(micro.sums_u8s8 == nullptr),
        sums_(widens_ ? micro.sums_s16 : micro.sums_u8s8),
        pixel_bytes_(task.stored_in() * (widens_ ? 2 : 1)),
        epilogue_(task, micro.lanes),
        blocks_(ChannelBlocks(task.stored_out(), micro)),
        weights_(widens_ ? PackWeights<int16_t>(task, blocks_)
                         : PackWeights<int8_t>(task, blocks_)),
        input_elements_(StoredStride(task.layer->input, task.in)),
        image_bytes_(input_elements_ + StoredStride(1, task.out)) {}

  size_t ScratchBytes(size_t images) const override {
    return WidenedBytes(AtOnce(images)) + SumBytes(AtOnce(images));
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

 protected:
  // Where the inputs of a slice are read: the buffers' or widened ones.
  struct Input {
    const uint8_t* start;
    size_t stride;  // bytes from one image to the next
  };

  virtual size_t SumBytes(size_t images) const = 0;
  // Computes `pixels` of the pixels of a block of channels.
  virtual void RunBlock(const ConvBuffers& buffers, const Input& input,
                        const ChannelBlock& block, const Part& pixels,
                        uint8_t* scratch) const = 0;

  // For rows of a block's sums, [row_count][block.width]; the caller adds sums,
  // row_count and `at`.
  RequantizeTask FinishOf(const ConvBuffers& buffers,
                          const ChannelBlock& block) const {
    RequantizeTask finish = epilogue_.Task(buffers, block.first);
    finish.stride = block.width;
    finish.vectors = block.vectors;
    return finish;
  }

  const Microkernels& micro_;
  const bool widens_;
  void (*const sums_)(const SumsTask&);
  const size_t pixel_bytes_;  // of an input
  const Epilogue epilogue_;
  const std::vector<ChannelBlock> blocks_;
  const BlockedWeights weights_;

 private:
  size_t AtOnce(size_t images) const {
    return std::min(images, std::max<size_t>(kImageBytes / image_bytes_, 1));
  }
  size_t WidenedBytes(size_t images) const {
    return widens_ ? RoundUp(2 * images * input_elements_, kCacheLine) : 0;
  }

  // Shares blocks where that is even, else pixels.
  void RunImages(const ConvBuffers& buffers, const Part& part,
                 uint8_t* scratch) const {
    Input input = {buffers.input, buffers.input_stride};
    if (widens_) {
      micro_.widen(buffers.input, buffers.images * buffers.input_stride,
                   reinterpret_cast<int16_t*>(scratch));
      input = {scratch, 2 * buffers.input_stride};
    }
    const bool by_block = blocks_.size() % part.count == 0;
    const Part all;
    const Part& of_blocks = by_block ? part : all;
    for (size_t b = of_blocks.Begin(blocks_.size());
         b < of_blocks.End(blocks_.size()); ++b)
      RunBlock(buffers, input, blocks_[b], by_block ? all : part,
               scratch + WidenedBytes(buffers.images));
  }

  const size_t input_elements_;  // of an image
  const size_t image_bytes_;     // in and out
};

class ConvByClass : public DirectConv {
 public:
  ConvByClass(const ConvTask& task, const Microkernels& micro)
      : DirectConv(task, micro) {
    const PaddingSums padding = SumPadding(task);
    for (const PixelClass& pixels :
         PixelClasses(task.in, task.out, task.layer->window))
      classes_.push_back(Store(task, padding, pixels, pixel_bytes_));
  }

 private:
  // Consecutive pixels of a class over all images.
  struct Rows {
    const uint8_t* input[kMostRows];
    size_t output[kMostRows];
    int count = 0;
  };

  size_t SumBytes(size_t) const override { return 0; }

  void RunBlock(const ConvBuffers& buffers, const Input& input,
                const ChannelBlock& block, const Part& part,
                uint8_t*) const override {
    for (const StoredClass& pixels : classes_)
      RunClass(buffers, input, block, pixels, part);
  }

  void RunClass(const ConvBuffers& buffers, const Input& input,
                const ChannelBlock& block, const StoredClass& pixels,
                const Part& part) const {
    alignas(kCacheLine) int32_t sums[kMostRows * kMostChannels];
    int32_t* row_sums[kMostRows];
    for (size_t r = 0; r < kMostRows; ++r) row_sums[r] = sums + r * block.width;
    Rows rows;
    SumsTask multiply = {rows.input,
                         0,
                         block.vectors,
                         pixels.runs.data(),
                         static_cast<int>(pixels.runs.size()),
                         weights_.block(block),
                         pixels.initial.data() + block.first,
                         row_sums};
    RequantizeTask finish = FinishOf(buffers, block);
    finish.sums = sums;
    finish.at = rows.output;
    const int most = micro_.max_rows(block.vectors);
    const size_t of_image = pixels.first.size();
    const size_t end = part.End(buffers.images * of_image);
    size_t row = part.Begin(buffers.images * of_image);
    size_t image = row / of_image, pixel = row % of_image;
    while (row < end) {
      for (rows.count = 0; rows.count < most && row < end; ++row) {
        rows.input[rows.count] =
            input.start + image * input.stride + pixels.first[pixel];
        rows.output[rows.count++] =
            image * buffers.output_stride + pixels.output[pixel];
        if (++pixel == of_image) pixel = 0, ++image;
      }
      multiply.row_count = finish.row_count = rows.count;
      sums_(multiply);
      micro_.requantize(finish);
    }
  }

  std::vector<StoredClass> classes_;
};

class ConvByTap : public DirectConv {
 public:
  ConvByTap(const ConvTask& task, const Microkernels& micro)
      : DirectConv(task, micro), pixels_(task.out.height * task.out.width) {
    const int steps = pixel_bytes_ / 4;
    for (int tap = 0; tap < int(task.taps()); ++tap)
      taps_.push_back({{0, tap * steps, steps}, {}});
    initial_.resize(pixels_);
    outputs_.resize(pixels_);
    const PaddingSums padding = SumPadding(task);
    for (const PixelClass& its :
         PixelClasses(task.in, task.out, task.layer->window))
      AddPixels(task, padding, its);
  }

 private:
  struct Pixel {
    size_t input;   // bytes from the image's start
    size_t output;  // its number
  };
  struct Tap {
    lockstep::quant::Run run;
    std::vector<Pixel> pixels;  // for which it is valid
  };

  void AddPixels(const ConvTask& task, const PaddingSums& padding,
                 const PixelClass& its) {
    const std::vector<int32_t> outside = OutsideSums(padding, its);
    for (size_t i = 0; i < its.output.size(); ++i) {
      const size_t output = its.output[i];
      initial_[output] = outside;
      outputs_[output] = output * task.stored_out();
      for (const TapRun& run : its.runs)
        for (int tap = 0; tap < run.taps; ++tap)
          taps_[run.tap + tap].pixels.push_back(
              {(its.first[i] + run.pixel + tap) * pixel_bytes_, output});
    }
  }

  size_t SumBytes(size_t images) const override {
    return images * pixels_ * kMostChannels * sizeof(int32_t);
  }

  // Sums are [image][pixel][channel of the block].
  void RunBlock(const ConvBuffers& buffers, const Input& input,
                const ChannelBlock& block, const Part& part,
                uint8_t* scratch) const override {
    auto* const sums = reinterpret_cast<int32_t*>(scratch);
    const size_t begin = part.Begin(pixels_), end = part.End(pixels_);
    for (size_t image = 0; image < buffers.images; ++image)
      for (size_t p = begin; p < end; ++p)
        std::copy_n(initial_[p].data() + block.first, block.width,
                    sums + (image * pixels_ + p) * block.width);
    for (const Tap& tap : taps_)
      AddTap(buffers.images, input, block, tap, begin, end, sums);
    RequantizeTask finish = FinishOf(buffers, block);
    for (size_t image = 0; image < buffers.images; ++image)
      for (size_t p = begin; p < end; p += finish.row_count) {
        size_t at[kMostRows];
        finish.row_count = std::min(kMostRows, end - p);
        for (int r = 0; r < finish.row_count; ++r)
          at[r] = image * buffers.output_stride + outputs_[p + r];
        finish.at = at;
        finish.sums = sums + (image * pixels_ + p) * block.width;
        micro_.requantize(finish);
      }
  }

  // Adds a tap's products to the sums of pixels [begin, end).
  void AddTap(size_t images, const Input& input, const ChannelBlock& block,
              const Tap& tap, size_t begin, size_t end, int32_t* sums) const {
    const int most = micro_.max_rows(block.vectors);
    const uint8_t* rows[kMostRows];
    int32_t* row_sums[kMostRows];
    int count = 0;
    const auto flush = [&] {
      if (count > 0)
        sums_({rows, count, block.vectors, &tap.run, 1, weights_.block(block),
               nullptr, row_sums});
      count = 0;
    };
    for (size_t image = 0; image < images; ++image)
      for (const Pixel& pixel : tap.pixels) {
        if (pixel.output < begin || pixel.output >= end) continue;
        rows[count] = input.start + image * input.stride + pixel.input;
        row_sums[count] = sums + (image * pixels_ + pixel.output) * block.width;
        if (++count == most) flush();
      }
    flush();
  }

  const size_t pixels_;  // of an output image
  std::vector<Tap> taps_;
  std::vector<std::vector<int32_t>> initial_;  // [pixel][stored channel]
  std::vector<size_t> outputs_;                // elements, of channel 0
};

}  // namespace

std::unique_ptr<PackedConv> PackDirectConv(const ConvTask& task,
                                           const Microkernels& micro) {
  return std::make_unique<ConvByClass>(task, micro);
}

std::unique_ptr<PackedConv> PackConvByTap(const ConvTask& task,
                                          const Microkernels& micro) {
  return std::make_unique<ConvByTap>(task, micro);
}

}  // namespace lockstep::quant
