// The output pixels of a batch as groups of rows for tiles (tile_conv.h).

#ifndef LOCKSTEP_QUANT_KERNELS_TILE_GROUPS_H_
#define LOCKSTEP_QUANT_KERNELS_TILE_GROUPS_H_

#include <cstddef>
#include <vector>

#include "quant/kernels/packed_conv.h"
#include "quant/kernels/pixel_classes.h"
#include "quant/kernels/tile_microkernels.h"

namespace lockstep::quant {

// A PixelClass in the units of the stored values.
struct TileClass {
  TileClass(const ConvTask& task, const PixelClass& pixels);

  std::vector<TileStep> steps;
  int step_bytes;
  std::vector<size_t> first;   // bytes from the image's start
  std::vector<size_t> output;  // elements, of channel 0
  // Pixels from one multiple of `run` to the next lie `distance` bytes apart.
  size_t run;
  size_t distance = 0;
};

// A number of rows in groups of one size, at most 16; the last may begin inside
// the one before it.
struct EqualGroups {
  explicit EqualGroups(size_t row_count);
  size_t Begin(size_t i) const;  // its first row
  size_t Skip(size_t i) const { return i * size - Begin(i); }

  size_t rows, count, size;
};

// Rows of one tile. The first `skip` are computed elsewhere too.
struct TileGroup {
  size_t image, pixel;  // of row 0
  size_t skip;
};

// How the pixels of a class in `images` images are rows of tiles: along the
// map, an image after another, or the same pixel across images. From a row to
// the next lie image_step() images and pixel_step() pixels of the class.
class TileGroups {
 public:
  TileGroups(const TileClass& pixels, size_t images);

  // Makes single rows `rows`, all the same and all but the last skipped, so
  // that they need no shape of their own.
  void Repeat(size_t rows);

  TileShape shape() const { return {static_cast<int>(rows_), step_bytes_}; }
  size_t image_step() const { return rows_ > groups_.size ? 0 : across_; }
  size_t pixel_step() const { return rows_ > groups_.size ? 0 : !across_; }
  size_t count() const { return items_ * groups_.count; }
  TileGroup group(size_t i) const;

 private:
  bool across_;
  EqualGroups groups_;  // of an item: a run, or a pixel of all images
  size_t items_, run_, runs_of_image_, rows_;
  int step_bytes_;
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_TILE_GROUPS_H_
