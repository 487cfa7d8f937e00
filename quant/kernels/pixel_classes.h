// The output pixels of a convolution, sorted by which taps of their window lie
// inside the image. All pixels of a class multiply the same weights, so taps
// outside are skipped, never multiplied by zero: 482 M of the 555 M
// multiplications of a CIFAR ResNet-18.

#ifndef LOCKSTEP_QUANT_KERNELS_PIXEL_CLASSES_H_
#define LOCKSTEP_QUANT_KERNELS_PIXEL_CLASSES_H_

#include <cstdint>
#include <vector>

#include "quant/float_graph.h"

namespace lockstep::quant {

// Valid taps next to each other in one row of a window.
struct TapRun {
  int pixel;  // of the input, counted from the window's first valid tap
  int tap;    // of the window, row by row
  int taps;
};

struct PixelClass {
  std::vector<TapRun> runs;
  std::vector<int> outside;  // taps that are not valid
  // Of each output pixel: the input pixel at its first valid tap, and itself;
  // both counted row by row in one image, in ascending order.
  std::vector<int> first, output;

  int64_t Taps() const;  // valid ones of a pixel
};

// At most one class for each set of valid taps; none is empty, and every
// window has a valid tap (Window).
std::vector<PixelClass> PixelClasses(const Shape& in, const Shape& out,
                                     const Window& window);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_KERNELS_PIXEL_CLASSES_H_
