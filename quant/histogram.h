// How often each size occurs among the elements of one value of a net.

#ifndef LOCKSTEP_QUANT_HISTOGRAM_H_
#define LOCKSTEP_QUANT_HISTOGRAM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "quant/float_graph.h"

namespace lockstep::quant {

// Counts in equal bins over a range that is known before (a first pass finds
// it). Bins start at 0 and go outwards, so both signs share their edges. What
// is exactly 0, half of all elements after a ReLU, is counted apart: it is
// exact at every scale. Counts are integers, so the result does not depend on
// the order of Add and Merge. Not thread-safe.
class Histogram {
 public:
  // Bins from 0 to the largest magnitude, and as many below 0 if the range has
  // negative numbers. 8192 bins make 1/32 of an 8-bit step each: a threshold
  // rounded to a bin changes the scale by 1/8192, the rounding noise by 0.001
  // dB, and where the threshold is a tenth of the largest magnitude (the tail
  // of a Student distribution) a bin is still a third of a step.
  static constexpr int kBins = 8192;

  // `range` is finite and holds 0.
  explicit Histogram(const Range& range);

  // `data` lies in the range.
  void Add(const float* data, size_t count);
  // Adds what `other`, of the same range, has counted.
  void Merge(const Histogram& other);

  const Range& range() const { return range_; }
  // The width of a bin; 0 if all elements are 0.
  double width() const { return width_; }
  // All elements, zeros included.
  uint64_t total() const;
  uint64_t zeros() const { return zeros_; }
  // Bins below 0: 0 or kBins.
  int negative_bins() const { return negative_bins_; }
  // Of bin i: the elements in [(i - negative_bins) * width, ... + width).
  const std::vector<uint64_t>& counts() const { return counts_; }
  // The counts of both signs together: kBins by magnitude.
  std::vector<uint64_t> Magnitudes() const;

 private:
  Range range_;
  int negative_bins_;
  double width_;
  uint64_t zeros_ = 0;
  std::vector<uint64_t> counts_;
};

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_HISTOGRAM_H_
