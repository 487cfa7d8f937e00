#include "quant/kernels/pixel_classes.h"

#include <algorithm>
#include <map>
#include <utility>

namespace lockstep::quant {
namespace {

// Taps [begin, end) of one dimension of a window.
struct Valid {
  int begin, end;
  bool operator<(const Valid& other) const {
    return std::pair(begin, end) < std::pair(other.begin, other.end);
  }
};

Valid ValidTaps(int start, int kernel, int size) {
  return {std::max(0, -start), std::min(kernel, size - start)};
}

PixelClass ClassOf(const Valid& rows, const Valid& columns, int width,
                   const Window& window) {
  PixelClass result;
  for (int y = 0; y < window.kernel_h; ++y)
    for (int x = 0; x < window.kernel_w; ++x)
      if (y < rows.begin || y >= rows.end || x < columns.begin ||
          x >= columns.end)
        result.outside.push_back(y * window.kernel_w + x);
  for (int y = rows.begin; y < rows.end; ++y)
    result.runs.push_back({(y - rows.begin) * width,
                           y * window.kernel_w + columns.begin,
                           columns.end - columns.begin});
  return result;
}

}  // namespace

int64_t PixelClass::Taps() const {
  int64_t taps = 0;
  for (const TapRun& run : runs) taps += run.taps;
  return taps;
}

std::vector<PixelClass> PixelClasses(const Shape& in, const Shape& out,
                                     const Window& window) {
  std::map<std::pair<Valid, Valid>, PixelClass> classes;
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      const int top = y * window.stride_h - window.pad_top;
      const int left = x * window.stride_w - window.pad_left;
      const Valid rows = ValidTaps(top, window.kernel_h, in.height);
      const Valid columns = ValidTaps(left, window.kernel_w, in.width);
      PixelClass& its = classes[{rows, columns}];
      if (its.runs.empty()) its = ClassOf(rows, columns, in.width, window);
      its.first.push_back((top + rows.begin) * in.width + left + columns.begin);
      its.output.push_back(y * out.width + x);
    }
  std::vector<PixelClass> result;
  for (auto& [key, its] : classes) result.push_back(std::move(its));
  return result;
}

}  // namespace lockstep::quant
