#include "quant/histogram.h"

#include <algorithm>
#include <numeric>

namespace lockstep::quant {

Histogram::Histogram(const Range& range)
    : range_(range),
      negative_bins_(range.min < 0 ? kBins : 0),
      width_(std::max(-double{range.min}, double{range.max}) / kBins),
      counts_(negative_bins_ + kBins) {}

void Histogram::Add(const float* data, size_t count) {
  const double bins_per_unit = width_ > 0 ? 1 / width_ : 0;
  const double last = counts_.size() - 1;
  for (size_t i = 0; i < count; ++i) {
    if (data[i] == 0) {
      ++zeros_;
      continue;
    }
    // The largest element lies on the last bin's upper edge.
    const double bin = data[i] * bins_per_unit + negative_bins_;
    ++counts_[static_cast<size_t>(std::clamp(bin, 0.0, last))];
  }
}

void Histogram::Merge(const Histogram& other) {
  zeros_ += other.zeros_;
  for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
}

uint64_t Histogram::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), zeros_);
}

std::vector<uint64_t> Histogram::Magnitudes() const {
  std::vector<uint64_t> magnitudes(counts_.begin() + negative_bins_,
                                   counts_.end());
  for (int i = 0; i < negative_bins_; ++i)
    magnitudes[i] += counts_[negative_bins_ - 1 - i];
  return magnitudes;
}

}  // namespace lockstep::quant
