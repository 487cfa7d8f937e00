#include "quant/kernels/tile_conv.h"

#include <algorithm>
#include <new>
#include <vector>

#include "quant/kernels/channel_blocks.h"
#include "quant/kernels/epilogue.h"
#include "quant/kernels/pixel_classes.h"
#include "quant/kernels/tile_groups.h"

namespace lockstep::quant {
namespace {

// A pass over the weights serves images of this many bytes, in and out: half of
// the second-level cache of every CPU with AMX.
constexpr size_t kImageBytes = 1 << 20;

// What memory brings while a step is multiplied, 8 bytes a cycle for 64 cycles.
constexpr int kMostPrefetchedLines = 8;

constexpr size_t kMostGroups = 2, kMostBlocks = 2;  // of a call
constexpr size_t kMostSumsRows = kMostGroups * 16;

std::vector<ChannelBlock> TileBlocks(size_t channels, int lanes) {
  std::vector<ChannelBlock> blocks;
  for (size_t first = 0; first < channels; first += kTileChannels)
    blocks.push_back({first, kTileChannels / lanes, kTileChannels});
  return blocks;
}

bool HasShape(const TileShape& shape, const TileGroups* begin,
              const TileGroups* end) {
  return std::any_of(begin, end, [&](const TileGroups& groups) {
    return groups.shape() == shape;
  });
}

// Products and, one call behind them, what becomes of their sums.
class Pipeline {
 public:
  Pipeline(const TileMicrokernels& tiles, const Microkernels& vectors)
      : tiles_(tiles), requantize_(vectors.requantize) {}
  Pipeline(const Pipeline&) = delete;

  // Where the next call's sums go, and room for RequantizeTask::at.
  int32_t* sums() { return sums_[turn_]; }
  size_t* at() { return at_[turn_]; }

  void SetShape(const TileShape& shape) {
    if (!(shape == shape_)) tiles_.configure(shape);
    shape_ = shape;
  }

  // `finish` is for the sums of `task`.
  void Multiply(TileTask& task, const RequantizeTask& finish) {
    task.requantize = requantize_;
    task.finish = finish_;
    tiles_.multiply(task);
    finish_ = finish;
    turn_ ^= 1;
  }

  void End() {
    if (finish_.row_count > 0) requantize_(finish_);
    tiles_.release();
  }

 private:
  const TileMicrokernels& tiles_;
  void (*const requantize_)(const RequantizeTask&);
  TileShape shape_ = {0, 0};
  int turn_ = 0;
  RequantizeTask finish_ = {};
  alignas(kCacheLine) int32_t sums_[2][kMostSumsRows * kTileSumsStride];
  size_t at_[2][kMostSumsRows];
};

class TileConv : public PackedConv {
 public:
  TileConv(const ConvTask& task, const TileMicrokernels& tiles,
           const Microkernels& vectors)
      : tiles_(tiles),
        vectors_(vectors),
        image_bytes_(StoredStride(task.layer->input, task.in) +
                     StoredStride(1, task.out)),
        block_bytes_(task.taps() * task.stored_in() * kTileChannels),
        epilogue_(task, vectors.lanes),
        blocks_(TileBlocks(task.stored_out(), vectors.lanes)),
        weights_(PackWeights<int8_t>(task, blocks_)) {
    for (const PixelClass& pixels :
         PixelClasses(task.in, task.out, task.layer->window))
      classes_.emplace_back(task, pixels);
  }

  size_t ScratchBytes(size_t) const override {
    return classes_.size() * sizeof(TileGroups);
  }
  size_t WeightBytes() const override { return weights_.size(); }

  void Run(const ConvBuffers& buffers, const Part& part,
           uint8_t* scratch) const override {
    Pipeline pipeline(tiles_, vectors_);
    for (size_t done = 0; done < buffers.images;) {
      const size_t images = AtOnce(buffers.images - done);
      RunImages(Slice(buffers, done, images), part,
                reinterpret_cast<TileGroups*>(scratch), pipeline);
      done += images;
    }
    pipeline.End();
  }

 private:
  // What the classes of one shape share.
  struct Sweep {
    const ConvBuffers& buffers;
    const TileGroups* groups;  // [class]
    TileShape shape;
    Part of_groups;
    int prefetch_lines;  // a step
    Pipeline& pipeline;
  };

  // One or two blocks, and the weights that are needed after theirs.
  struct Panel {
    int blocks;
    const uint8_t* weights[kMostBlocks];
    RequantizeTask finish;
    const uint8_t* next;
    const uint8_t* next_end;
  };

  size_t panels() const { return (blocks_.size() + 1) / kMostBlocks; }
  size_t AtOnce(size_t images) const;
  void RunImages(const ConvBuffers& buffers, const Part& part,
                 TileGroups* groups, Pipeline& pipeline) const;
  void Group(size_t images, TileGroups* groups) const;
  int PrefetchLines(const Sweep& sweep) const;
  Panel PanelAt(const ConvBuffers& buffers, size_t number, size_t end) const;
  void RunPanel(const Sweep& sweep, Panel& panel) const;
  void RunClass(const Sweep& sweep, size_t number, Panel& panel) const;
  void RunGroups(const Sweep& sweep, size_t number, size_t first, size_t count,
                 Panel& panel) const;
  void SetRows(const Sweep& sweep, size_t number, size_t first, TileTask& task,
               RequantizeTask& finish) const;

  const TileMicrokernels& tiles_;
  const Microkernels& vectors_;
  const size_t image_bytes_;  // in and out
  const size_t block_bytes_;  // of weights
  const Epilogue epilogue_;
  const std::vector<ChannelBlock> blocks_;
  const BlockedWeights weights_;
  std::vector<TileClass> classes_;
};

// Whole tiles across images, where there are as many.
size_t TileConv::AtOnce(size_t images) const {
  const size_t most = std::max<size_t>(kImageBytes / image_bytes_, 1);
  return std::min(images, most < 16 ? most : most / 16 * 16);
}

// Shares panels where that is even, else groups. Classes of one shape share a
// sweep over the panels.
void TileConv::RunImages(const ConvBuffers& buffers, const Part& part,
                         TileGroups* groups, Pipeline& pipeline) const {
  const bool by_panel = panels() % part.count == 0;
  const Part all;
  const Part& of_panels = by_panel ? part : all;
  const size_t end = of_panels.End(panels());
  Group(buffers.images, groups);
  for (size_t c = 0; c < classes_.size(); ++c) {
    const TileShape shape = groups[c].shape();
    if (HasShape(shape, groups, groups + c)) continue;
    Sweep sweep = {buffers, groups, shape, by_panel ? all : part, 0, pipeline};
    sweep.prefetch_lines = PrefetchLines(sweep);
    pipeline.SetShape(shape);
    for (size_t p = of_panels.Begin(panels()); p < end; ++p) {
      Panel panel = PanelAt(buffers, p, end);
      RunPanel(sweep, panel);
    }
  }
}

// Single pixels of a single image, a map's corners, take the shape of others:
// every sweep reads the weights again.
void TileConv::Group(size_t images, TileGroups* groups) const {
  TileGroups* const end = groups + classes_.size();
  for (size_t c = 0; c < classes_.size(); ++c)
    new (groups + c) TileGroups(classes_[c], images);
  for (TileGroups* single = groups; single < end; ++single) {
    if (single->shape().rows > 1) continue;
    const TileGroups* other = std::find_if(groups, end, [&](const auto& g) {
      return g.shape().bytes == single->shape().bytes && g.shape().rows > 1;
    });
    if (other < end) single->Repeat(other->shape().rows);
  }
}

// The next panel's cache lines, shared among the steps that come before it.
int TileConv::PrefetchLines(const Sweep& sweep) const {
  size_t steps = 0;
  for (size_t c = 0; c < classes_.size(); ++c) {
    if (!(sweep.groups[c].shape() == sweep.shape)) continue;
    const size_t count = sweep.groups[c].count();
    const size_t groups =
        sweep.of_groups.End(count) - sweep.of_groups.Begin(count);
    steps += (groups + 1) / kMostGroups * classes_[c].steps.size();
  }
  if (steps == 0) return 0;
  const size_t lines = kMostBlocks * block_bytes_ / kCacheLine;
  return std::min<size_t>((lines + steps - 1) / steps, kMostPrefetchedLines);
}

TileConv::Panel TileConv::PanelAt(const ConvBuffers& buffers, size_t number,
                                  size_t end) const {
  const size_t first = number * kMostBlocks;
  const auto block = [&](size_t i) {
    return i < blocks_.size() ? weights_.block(blocks_[i]) : nullptr;
  };
  Panel panel = {};
  panel.blocks = std::min(kMostBlocks, blocks_.size() - first);
  panel.weights[0] = block(first);
  panel.weights[1] = block(first + 1);
  panel.finish = epilogue_.Task(buffers, blocks_[first].first);
  panel.finish.stride = kTileSumsStride;
  panel.finish.vectors = panel.blocks * blocks_[first].vectors;
  if (number + 1 < end) {
    panel.next = block(first + kMostBlocks);
    panel.next_end = panel.next + kMostBlocks * block_bytes_;
  }
  return panel;
}

void TileConv::RunPanel(const Sweep& sweep, Panel& panel) const {
  for (size_t c = 0; c < classes_.size(); ++c)
    if (sweep.groups[c].shape() == sweep.shape) RunClass(sweep, c, panel);
}

void TileConv::RunClass(const Sweep& sweep, size_t number, Panel& panel) const {
  const size_t count = sweep.groups[number].count();
  const size_t end = sweep.of_groups.End(count);
  for (size_t i = sweep.of_groups.Begin(count); i < end; i += kMostGroups)
    RunGroups(sweep, number, i, std::min(kMostGroups, end - i), panel);
}

// Groups [first, first + count) of class `number`.
void TileConv::RunGroups(const Sweep& sweep, size_t number, size_t first,
                         size_t count, Panel& panel) const {
  const TileClass& pixels = classes_[number];
  TileTask task = {};
  task.groups = count;
  task.blocks = panel.blocks;
  std::copy(panel.weights, panel.weights + kMostBlocks, task.weights);
  task.steps = pixels.steps.data();
  task.step_count = pixels.steps.size();
  if (panel.next < panel.next_end) {
    task.prefetch = panel.next;
    task.prefetch_lines = sweep.prefetch_lines;
    panel.next += task.step_count * task.prefetch_lines * kCacheLine;
  }
  RequantizeTask finish = panel.finish;
  SetRows(sweep, number, first, task, finish);
  sweep.pipeline.Multiply(task, finish);
}

// What row r of a group is, for inputs, sums and outputs. Group 1's skipped
// rows have their sums where group 0's last ones are, which are stored later.
void TileConv::SetRows(const Sweep& sweep, size_t number, size_t first,
                       TileTask& task, RequantizeTask& finish) const {
  const ConvBuffers& buffers = sweep.buffers;
  const TileClass& pixels = classes_[number];
  const TileGroups& groups = sweep.groups[number];
  const size_t image_step = groups.image_step();
  const size_t pixel_step = groups.pixel_step();
  task.input_stride =
      image_step * buffers.input_stride + pixel_step * pixels.distance;
  int32_t* const sums = sweep.pipeline.sums();
  size_t* const at = sweep.pipeline.at();
  size_t begin = 0, rows = 0;  // that have a place
  for (int g = 0; g < task.groups; ++g) {
    const TileGroup group = groups.group(first + g);
    const size_t place = g == 0 ? 0 : rows - group.skip;
    if (g == 0) begin = group.skip;
    task.input[g] = buffers.input + group.image * buffers.input_stride +
                    pixels.first[group.pixel];
    task.sums[g] = sums + place * kTileSumsStride;
    for (size_t r = group.skip; r < size_t(sweep.shape.rows); ++r)
      at[place + r] = (group.image + r * image_step) * buffers.output_stride +
                      pixels.output[group.pixel + r * pixel_step];
    rows = place + sweep.shape.rows;
  }
  finish.sums = sums + begin * kTileSumsStride;
  finish.at = at + begin;
  finish.row_count = static_cast<int>(rows - begin);
}

}  // namespace

bool TileFits(const ConvTask& task) {
  return task.stored_in() % 16 == 0 && task.PadsWithZeros();
}

int64_t TileProducts(const ConvTask& task, size_t images) {
  int64_t steps = 0;
  for (const PixelClass& pixels :
       PixelClasses(task.in, task.out, task.layer->window)) {
    const TileClass tiles(task, pixels);
    steps += TileGroups(tiles, images).count() * tiles.steps.size();
  }
  return steps * (task.stored_out() / kTileChannels);
}

std::unique_ptr<PackedConv> PackTileConv(const ConvTask& task,
                                         const TileMicrokernels& tiles,
                                         const Microkernels& vectors) {
  return std::make_unique<TileConv>(task, tiles, vectors);
}

}  // namespace lockstep::quant
