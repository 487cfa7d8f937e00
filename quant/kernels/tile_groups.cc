#include "quant/kernels/tile_groups.h"

#include <algorithm>
#include <cassert>

namespace lockstep::quant {
namespace {

// Pixels from the first on that lie at one distance. A class is a rectangle of
// the map (pixel_classes.cc), so all of it divides into runs as long.
size_t RunLength(const std::vector<int>& first) {
  size_t run = 1;
  while (run < first.size() &&
         first[run] - first[run - 1] == first[1] - first[0])
    ++run;
  return run;
}

// The largest part of `bytes`, a multiple of 4, that fits a tile and divides
// it. Next to each other lie one row's taps.
int StepBytes(size_t bytes) {
  size_t step = std::min<size_t>(bytes, 64);
  while (bytes % step != 0) step -= 4;
  return static_cast<int>(step);
}

std::vector<TileStep> Steps(const PixelClass& pixels, size_t pixel_bytes,
                            size_t step_bytes) {
  // Steps that divide a pixel go from tap to tap before they go on along the
  // channels, so that a pixel that several taps read is read again soon.
  const bool divides = pixel_bytes % step_bytes == 0;
  std::vector<TileStep> steps;
  for (const TapRun& run : pixels.runs) {
    const size_t bytes = run.taps * pixel_bytes;
    const size_t period = divides ? pixel_bytes : bytes;
    for (size_t within = 0; within < period; within += step_bytes)
      for (size_t at = within; at < bytes; at += period)
        steps.push_back({static_cast<int32_t>(run.pixel * pixel_bytes + at),
                         static_cast<int32_t>((run.tap * pixel_bytes + at) *
                                              kTileChannels)});
  }
  return steps;
}

// Tiles across images read memory in more places; they must save a quarter.
bool AcrossIsBetter(size_t across, size_t along) {
  return 4 * across < 3 * along;
}

}  // namespace

TileClass::TileClass(const ConvTask& task, const PixelClass& pixels)
    : run(RunLength(pixels.first)) {
  const size_t pixel_bytes = task.stored_in();
  step_bytes = StepBytes(pixels.runs[0].taps * pixel_bytes);
  steps = Steps(pixels, pixel_bytes, step_bytes);
  for (int pixel : pixels.first) first.push_back(pixel * pixel_bytes);
  for (int pixel : pixels.output) output.push_back(pixel * task.stored_out());
  if (run > 1) distance = first[1] - first[0];
}

EqualGroups::EqualGroups(size_t row_count)
    : rows(row_count),
      count((rows + 15) / 16),
      size((rows + count - 1) / count) {}

size_t EqualGroups::Begin(size_t i) const {
  return std::min(i * size, rows - size);
}

TileGroups::TileGroups(const TileClass& pixels, size_t images)
    : groups_(pixels.run), run_(pixels.run), step_bytes_(pixels.step_bytes) {
  runs_of_image_ = pixels.first.size() / run_;
  items_ = images * runs_of_image_;
  const EqualGroups of_images(images);
  across_ = AcrossIsBetter(pixels.first.size() * of_images.count, count());
  if (across_) {
    groups_ = of_images;
    items_ = pixels.first.size();
  }
  rows_ = groups_.size;
}

void TileGroups::Repeat(size_t rows) {
  assert(groups_.size == 1);
  rows_ = rows;
}

TileGroup TileGroups::group(size_t i) const {
  // Two groups that are multiplied together should read the same memory: those
  // of neighbouring pixels, or the same rows of the map.
  const size_t item = across_ ? i % items_ : i / groups_.count;
  const size_t number = across_ ? i / items_ : i % groups_.count;
  const size_t begin = groups_.Begin(number);
  const size_t skip = groups_.Skip(number) + rows_ - groups_.size;
  if (across_) return {begin, item, skip};
  return {item / runs_of_image_, item % runs_of_image_ * run_ + begin, skip};
}

}  // namespace lockstep::quant
