#include "quant/kernels/winograd_conv.h"

#include <algorithm>
#include <array>
#include <utility>
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
std::pair<int64_t, int64_t> Bounds(const ConvTask& task, size_t channel) {
  const std::vector<int8_t>& weights = task.layer->weights;
  const size_t size = weights.size() / task.out.channels;
  std::pair<int64_t, int64_t> bounds = {0, 0};
  for (size_t i = channel * size; i < (channel + 1) * size; ++i)
    (weights[i] < 0 ? bounds.first : bounds.second) += 255 * weights[i];
  return bounds;
}

bool BoundsFit(std::pair<int64_t, int64_t> bounds, int m) {
  const auto [low, high] = bounds;
  if (m == 2) return std::max(-low, high) < int64_t{1} << 29;
  return high - low < int64_t{1} << 26;
}

// Scaled G g G^T of one filter, [y][x] of (m+2)^2.
constexpr int kG2[4][3] = {{2, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 2}};
constexpr int kG4[6][3] = {{1, 0, 0}, {-1, -1, -1}, {-1, 1, -1},
                           {1, 2, 4}, {1, -2, 4},   {0, 0, 1}};

const int (*RowsOfG(int m))[3] { return m == 2 ? kG2 : kG4; }

std::array<int16_t, kMostPatch> TransformFilter(const int (&g)[3][3], int m) {
  const int(*rows)[3] = RowsOfG(m);
  const int side = m + 2;
  std::array<int16_t, kMostPatch> result = {};
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      int sum = 0;
      for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) sum += rows[y][i] * g[i][j] * rows[x][j];
      result[y * side + x] = sum;
    }
  return result;
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
      lowest_[c] = static_cast<int32_t>(Bounds(task, c).first);
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
  const size_t inputs = task.in.channels, outputs = task.out.channels;
  std::vector<std::array<int16_t, kMostPatch>> filters(inputs * outputs);
  for (size_t i = 0; i < filters.size(); ++i) {
    int g[3][3];
    for (int tap = 0; tap < 9; ++tap)
      g[tap / 3][tap % 3] =
          task.layer->weights[(i / inputs * 9 + tap) * inputs + i % inputs];
    filters[i] = TransformFilter(g, m_);
  }
  return BlockedWeights::Pack<int16_t>(
      blocks_, patch_ * inputs_ / 2, [&](size_t channel, size_t i) {
        const size_t place = i / inputs_, input = i % inputs_;
        if (channel >= outputs || input >= inputs) return int16_t{0};
        return filters[channel * inputs + input][place];
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
  for (uint8_t outside : task.layer->padding)
    if (outside != 0) return false;
  for (int c = 0; c < task.out.channels; ++c)
    if (!BoundsFit(Bounds(task, c), m)) return false;
  return true;
}

std::unique_ptr<PackedConv> PackWinogradConv(const ConvTask& task,
                                             const Microkernels& micro, int m) {
  return std::make_unique<WinogradConv>(task, micro, m);
}

}  // namespace lockstep::quant
