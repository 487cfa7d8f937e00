#include "quant/kernels/winograd_conv.h"

#include <algorithm>
#include <vector>

#include "quant/kernels/channel_blocks.h"
#include "quant/kernels/epilogue.h"

namespace lockstep::quant {
namespace {

// Tiles whose products one reading of the weights serves: few, so that inputs
// and products stay close, while the weights stay in a second-level cache of
// 512 KiB beside them; many where weights come from farther away.
constexpr size_t kFewTiles = 24, kManyTiles = 64;
constexpr size_t kCloseWeights = 320 << 10;  // bytes

constexpr size_t kMostPatch = 36;  // pixels, m = 4

// Smallest and largest sum that channel `channel` can make of u8 inputs.
struct Bounds {
  int64_t low, high;
};

Bounds BoundsOf(const ConvTask& task, size_t channel) {
  const int8_t* weights = task.weights(channel, 0);
  const size_t size = task.taps() * task.in.channels;
  int32_t low = 0, high = 0;
  for (size_t i = 0; i < size; ++i) {
    low += std::min<int>(weights[i], 0);
    high += std::max<int>(weights[i], 0);
  }
  return {255 * int64_t{low}, 255 * int64_t{high}};
}

bool BoundsFit(const Bounds& bounds, int m) {
  if (m == 2) return std::max(-bounds.low, bounds.high) < int64_t{1} << 29;
  return bounds.high - bounds.low < int64_t{1} << 26;
}

// Scaled rows of G.
constexpr int16_t kG2[4][3] = {{2, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 2}};
constexpr int16_t kG4[6][3] = {{1, 0, 0}, {-1, -1, -1}, {-1, 1, -1},
                               {1, 2, 4}, {1, -2, 4},   {0, 0, 1}};

// Filters that are transformed together: a block has 8 channels at least, and
// inputs are a multiple of 16.
constexpr size_t kFilters = 64;

// to[i] = sum over j of row[j] * from[j * stride + i].
void MultiplyRow(const int16_t (&row)[3], const int16_t* from, size_t stride,
                 int16_t* to) {
  for (size_t i = 0; i < kFilters; ++i)
    to[i] = row[0] * from[i] + row[1] * from[stride + i] +
            row[2] * from[2 * stride + i];
}

// Scaled G g G^T of `filters` filters: from [tap][filter] to [place in the
// patch][filter].
template <size_t side>
void TransformFilters(const int16_t (&g)[side][3], const int16_t* from,
                      size_t filters, int16_t* to) {
  for (size_t i = 0; i < filters; i += kFilters) {
    int16_t rows[side][3 * kFilters];  // of G g
    for (size_t x = 0; x < 3; ++x)
      for (size_t y = 0; y < side; ++y)
        MultiplyRow(g[y], from + x * filters + i, 3 * filters,
                    rows[y] + x * kFilters);
    for (size_t y = 0; y < side; ++y)
      for (size_t x = 0; x < side; ++x)
        MultiplyRow(g[x], rows[y], kFilters, to + (y * side + x) * filters + i);
  }
}

class WinogradConv : public PackedConv {
 public:
  WinogradConv(const ConvTask& task, const Microkernels& micro, int m)
      : micro_(micro),
        m_(m),
        side_(m + 2),
        patch_(side_ * side_),
        transform_input_(m == 2 ? micro.input_transform2
                                : micro.input_transform4),
        transform_output_(m == 2 ? micro.output_transform2
                                 : micro.output_transform4),
        in_(task.in),
        out_(task.out),
        pad_top_(task.layer->window.pad_top),
        pad_left_(task.layer->window.pad_left),
        inputs_(task.stored_in()),
        outputs_(task.stored_out()),
        tile_rows_((task.out.height + m - 1) / m),
        tile_columns_((task.out.width + m - 1) / m),
        epilogue_(task, micro.lanes),
        blocks_(ChannelBlocks(outputs_, micro)),
        weights_(Pack(task)),
        tiles_at_once_(weights_.size() <= kCloseWeights ? kFewTiles
                                                        : kManyTiles),
        zeros_(inputs_),
        no_sums_(kMostChannels),
        lowest_(outputs_) {
    for (int c = 0; c < task.out.channels; ++c)
      lowest_[c] = static_cast<int32_t>(BoundsOf(task, c).low);
  }

  size_t ScratchBytes(size_t images) const override {
    return InputBytes(AtOnce(images)) + ProductBytes(AtOnce(images));
  }
  size_t WeightBytes() const override { return weights_.size(); }

  void Run(const ConvBuffers& buffers, const Part& part,
           uint8_t* scratch) const override;

 private:
  struct Tile {
    size_t image, row, column;
  };

  BlockedWeights Pack(const ConvTask& task) const;

  size_t Tiles(size_t images) const {
    return images * tile_rows_ * tile_columns_;
  }
  size_t AtOnce(size_t images) const {
    return std::min(tiles_at_once_, Tiles(images));
  }
  // From one place of the patch to the next, in elements. One cache line more
  // than the tiles need: without it all places of a tile would fall into one or
  // two sets of a first-level cache.
  size_t InputStride(size_t tiles) const {
    return tiles * inputs_ + kCacheLine / sizeof(int16_t);
  }
  static size_t ProductStride(size_t tiles, const ChannelBlock& block) {
    return tiles * block.width + kCacheLine / sizeof(int32_t);
  }
  size_t InputBytes(size_t tiles) const {
    return RoundUp(patch_ * InputStride(tiles) * sizeof(int16_t), kCacheLine);
  }
  size_t ProductBytes(size_t tiles) const {
    return patch_ * ProductStride(tiles, blocks_[0]) * sizeof(int32_t);
  }
  Tile TileAt(size_t number) const {
    const size_t of_image = tile_rows_ * tile_columns_;
    return {number / of_image, number % of_image / tile_columns_,
            number % tile_columns_};
  }

  void TransformInput(const ConvBuffers& buffers, const Tile& tile,
                      int16_t* out, size_t stride) const;
  void Multiply(const int16_t* inputs, size_t tiles, const ChannelBlock& block,
                int32_t* products) const;
  void Finish(const ConvBuffers& buffers, const Tile& tile,
              const ChannelBlock& block, const int32_t* products,
              size_t product_stride) const;

  const Microkernels& micro_;
  const int m_, side_;
  const size_t patch_;
  void (*const transform_input_)(const InputTransformTask&);
  void (*const transform_output_)(const OutputTransformTask&);
  const Shape in_, out_;
  const int pad_top_, pad_left_;
  const size_t inputs_, outputs_;  // stored channels
  const size_t tile_rows_, tile_columns_;
  const Epilogue epilogue_;
  const std::vector<ChannelBlock> blocks_;
  const BlockedWeights weights_;  // steps: [place in the patch][inputs / 2]
  const size_t tiles_at_once_;
  const std::vector<uint8_t> zeros_;  // a pixel outside the image
  const std::vector<int32_t> no_sums_;
  std::vector<int32_t> lowest_;  // of each output channel's sums
};

BlockedWeights WinogradConv::Pack(const ConvTask& task) const {
  std::vector<int16_t> taps(task.taps() * inputs_ * blocks_[0].width);
  return BlockedWeights(blocks_, patch_ * inputs_ / 2,
                        [&](const ChannelBlock& block, uint8_t* bytes) {
                          PackBlock(task, block, taps.data());
                          auto* const to = reinterpret_cast<int16_t*>(bytes);
                          const size_t filters = inputs_ * block.width;
                          if (m_ == 2)
                            TransformFilters(kG2, taps.data(), filters, to);
                          else
                            TransformFilters(kG4, taps.data(), filters, to);
                        });
}

// Shares blocks where that is even, else tiles. Parts that share blocks each
// transform all inputs, which is a twentieth of the work.
void WinogradConv::Run(const ConvBuffers& buffers, const Part& part,
                       uint8_t* scratch) const {
  const bool by_block = blocks_.size() % part.count == 0;
  const Part all;
  const Part& of_blocks = by_block ? part : all;
  const Part& of_tiles = by_block ? all : part;
  const size_t end = of_tiles.End(Tiles(buffers.images));
  for (size_t done = of_tiles.Begin(Tiles(buffers.images)); done < end;) {
    const size_t tiles = std::min(tiles_at_once_, end - done);
    auto* const inputs = reinterpret_cast<int16_t*>(scratch);
    auto* const products =
        reinterpret_cast<int32_t*>(scratch + InputBytes(tiles));
    for (size_t t = 0; t < tiles; ++t)
      TransformInput(buffers, TileAt(done + t), inputs + t * inputs_,
                     InputStride(tiles));
    for (size_t b = of_blocks.Begin(blocks_.size());
         b < of_blocks.End(blocks_.size()); ++b) {
      const ChannelBlock& block = blocks_[b];
      Multiply(inputs, tiles, block, products);
      for (size_t t = 0; t < tiles; ++t)
        Finish(buffers, TileAt(done + t), block, products + t * block.width,
               ProductStride(tiles, block));
    }
    done += tiles;
  }
}

void WinogradConv::TransformInput(const ConvBuffers& buffers, const Tile& tile,
                                  int16_t* out, size_t stride) const {
  const uint8_t* image = buffers.input + tile.image * buffers.input_stride;
  const int top = static_cast<int>(tile.row) * m_ - pad_top_;
  const int left = static_cast<int>(tile.column) * m_ - pad_left_;
  const uint8_t* pixels[kMostPatch];
  const uint8_t** to = pixels;
  for (int y = top; y < top + side_; ++y) {
    const bool row = static_cast<unsigned>(y) < unsigned(in_.height);
    ptrdiff_t at = (ptrdiff_t{y} * in_.width + left) * ptrdiff_t(inputs_);
    for (int x = left; x < left + side_; ++x, at += inputs_) {
      const bool inside = row && static_cast<unsigned>(x) < unsigned(in_.width);
      *to++ = inside ? image + at : zeros_.data();
    }
  }
  transform_input_({pixels, static_cast<int>(inputs_), out, stride});
}

// products[place][tile][channel of the block].
void WinogradConv::Multiply(const int16_t* inputs, size_t tiles,
                            const ChannelBlock& block,
                            int32_t* products) const {
  const int steps = inputs_ / 2;
  const size_t most = micro_.max_rows(block.vectors);
  for (size_t place = 0; place < patch_; ++place)
    for (size_t first = 0; first < tiles; first += most) {
      const uint8_t* rows[kMostRows];
      int32_t* sums[kMostRows];
      const size_t count = std::min(most, tiles - first);
      for (size_t r = 0; r < count; ++r) {
        sums[r] = products + place * ProductStride(tiles, block) +
                  (first + r) * block.width;
        rows[r] = reinterpret_cast<const uint8_t*>(
            inputs + place * InputStride(tiles) + (first + r) * inputs_);
      }
      const lockstep::quant::Run run = {0, static_cast<int32_t>(place * steps),
                                        steps};
      micro_.sums_s16({rows, static_cast<int>(count), block.vectors, &run, 1,
                       weights_.block(block), no_sums_.data(), sums});
    }
}

void WinogradConv::Finish(const ConvBuffers& buffers, const Tile& tile,
                          const ChannelBlock& block, const int32_t* products,
                          size_t product_stride) const {
  alignas(kCacheLine) int32_t sums[16 * kMostChannels];
  transform_output_({products, product_stride, block.vectors,
                     lowest_.data() + block.first, sums, block.width});
  RequantizeTask finish = epilogue_.Task(buffers, block.first);
  finish.stride = block.width;
  finish.vectors = block.vectors;
  // What lies beyond the image is left out: whole rows, or each row's end.
  const size_t top = tile.row * m_, left = tile.column * m_;
  const size_t rows = std::min<size_t>(m_, out_.height - top);
  const size_t columns = std::min<size_t>(m_, out_.width - left);
  size_t at[16], *to = at;
  size_t first =
      tile.image * buffers.output_stride + (top * out_.width + left) * outputs_;
  for (size_t y = 0; y < rows; ++y, first += out_.width * outputs_)
    for (int x = 0; x < m_; ++x) *to++ = first + x * outputs_;
  const bool whole = columns == size_t(m_);
  for (size_t y = 0; y < rows; y += whole ? rows : 1) {
    finish.row_count = whole ? rows * m_ : columns;
    finish.at = at + y * m_;
    finish.sums = sums + y * m_ * block.width;
    micro_.requantize(finish);
  }
}

}  // namespace

bool WinogradFits(const ConvTask& task, int m) {
  const Window& w = task.layer->window;
  if (w.kernel_h != 3 || w.kernel_w != 3 || w.stride_h != 1 || w.stride_w != 1)
    return false;
  // The input transform takes 16 channels at a time.
  if (task.stored_in() % 16 != 0) return false;
  if (!task.PadsWithZeros()) return false;
  for (int c = 0; c < task.out.channels; ++c)
    if (!BoundsFit(BoundsOf(task, c), m)) return false;
  return true;
}

std::unique_ptr<PackedConv> PackWinogradConv(const ConvTask& task,
                                             const Microkernels& micro, int m) {
  return std::make_unique<WinogradConv>(task, micro, m);
}

}  // namespace lockstep::quant
