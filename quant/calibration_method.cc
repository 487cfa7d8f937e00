#include "quant/calibration_method.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/cli/command_line.h"

namespace lockstep::quant {
namespace {

constexpr int kLevels = 256;
// The searches use bins four times as wide, and every other edge.
constexpr int kGroup = 4;
constexpr int kCoarseBins = Histogram::kBins / kGroup;
constexpr int kStride = 2;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Range Cut(const Range& range, double threshold) {
  const float t = threshold;
  return {std::max(range.min, -t), std::min(range.max, t)};
}

// The integral from 0 to x of the squared distance to the nearest integer: 1/12
// for each whole one, and the rest from the last.
double SquaredRounding(double x) {
  const double nearest = std::floor(x + 0.5), rest = x - nearest;
  return nearest / 12 + rest * rest * rest / 3;
}

// The squared error of all elements if the range is cut at `bins` bins.
double SquaredError(const std::vector<double>& magnitudes, double width,
                    const Range& range, int bins) {
  const double threshold = bins * width;
  const double step = (std::min<double>(range.max, threshold) -
                       std::max<double>(range.min, -threshold)) /
                      (kLevels - 1);
  const double steps_per_bin = width / step;
  double rounded = 0, clipped = 0, below = 0;
  for (int i = 0; i < bins; ++i) {
    const double above = SquaredRounding((i + 1) * steps_per_bin);
    rounded += magnitudes[i] * (above - below);
    below = above;
  }
  for (int i = bins; i < magnitudes.size(); ++i) {
    const double beyond = (i + 0.5) * width - threshold;
    clipped += magnitudes[i] * (beyond * beyond + width * width / 12);
  }
  return rounded * step * step / steps_per_bin + clipped;
}

// Sums of kGroup bins each.
std::vector<double> Coarser(const std::vector<uint64_t>& counts) {
  std::vector<double> sums(counts.size() / kGroup);
  for (size_t i = 0; i < counts.size(); ++i) sums[i / kGroup] += counts[i];
  return sums;
}

// The range cut where `loss`, a function of the number of coarser bins that
// are left on a side, is least; of equals the widest.
Range LeastLoss(const Histogram& histogram,
                const std::function<double(int bins)>& loss) {
  double least = kInfinity;
  int best = kCoarseBins;
  for (int bins = kCoarseBins; bins > 0; bins -= kStride) {
    const double found = loss(bins);
    if (found < least) best = bins;
    least = std::min(least, found);
  }
  return Cut(histogram.range(), best * kGroup * histogram.width());
}

double Sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// Each level's content spread over its bins that are not empty.
std::vector<double> Quantized(const std::vector<double>& bins) {
  std::vector<double> spread(bins.size());
  for (size_t level = 0; level < kLevels; ++level) {
    const size_t begin = level * bins.size() / kLevels;
    const size_t end = (level + 1) * bins.size() / kLevels;
    double content = 0, filled = 0;
    for (size_t i = begin; i < end; ++i) {
      content += bins[i];
      filled += bins[i] > 0;
    }
    for (size_t i = begin; i < end; ++i)
      if (bins[i] > 0) spread[i] = content / filled;
  }
  return spread;
}

// Of two sets of counts, neither of them all 0.
double Divergence(const std::vector<double>& p, const std::vector<double>& q) {
  constexpr double kEven = 1e-4;
  const double p_unit = (1 - kEven) / Sum(p), q_unit = (1 - kEven) / Sum(q);
  const double even = kEven / p.size();
  double divergence = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    const double a = p[i] * p_unit + even, b = q[i] * q_unit + even;
    divergence += a * std::log(a / b);
  }
  return divergence;
}

// Of `bins` cut to [begin, end); infinite if nothing is left or if there are
// fewer bins than levels.
double CutDivergence(const std::vector<double>& bins, size_t begin,
                     size_t end) {
  std::vector<double> reference(bins.begin() + begin, bins.begin() + end);
  if (reference.size() < kLevels || Sum(reference) == 0) return kInfinity;
  const std::vector<double> candidate = Quantized(reference);
  reference.front() =
      std::accumulate(bins.begin(), bins.begin() + begin, reference.front());
  reference.back() =
      std::accumulate(bins.begin() + end, bins.end(), reference.back());
  return Divergence(reference, candidate);
}

}  // namespace

Range PercentileRange(const Histogram& histogram, double percentile) {
  const double wanted = percentile / 100 * histogram.total();
  double seen = histogram.zeros();
  if (seen >= wanted) return histogram.range();
  int bins = 0;
  for (uint64_t count : histogram.Magnitudes()) {
    if (seen >= wanted) break;
    seen += count;
    ++bins;
  }
  return Cut(histogram.range(), bins * histogram.width());
}

Range MseRange(const Histogram& histogram) {
  if (histogram.width() == 0) return histogram.range();
  const std::vector<double> magnitudes = Coarser(histogram.Magnitudes());
  const double width = histogram.width() * kGroup;
  return LeastLoss(histogram, [&](int bins) {
    return SquaredError(magnitudes, width, histogram.range(), bins);
  });
}

Range KlRange(const Histogram& histogram) {
  if (histogram.width() == 0) return histogram.range();
  const std::vector<double> bins = Coarser(histogram.counts());
  const double width = histogram.width() * kGroup;
  const int zero = histogram.negative_bins() / kGroup;
  const int lowest = std::floor(histogram.range().min / width);
  const int highest = std::ceil(histogram.range().max / width);
  return LeastLoss(histogram, [&](int t) {
    return CutDivergence(
        bins, std::max(zero + std::max(lowest, -t), 0),
        std::min<size_t>(zero + std::min(highest, t), bins.size()));
  });
}

const std::vector<CalibrationMethod>& CalibrationMethods() {
  static const auto* const methods = new std::vector<CalibrationMethod>{
      {"minmax", "nothing is clipped", nullptr},
      {"percentile", "--calibration_percentile of the magnitudes",
       [](const Histogram& histogram, const CalibrationOptions& options) {
         return PercentileRange(histogram, options.percentile);
       }},
      {"mse", "least squared error of rounding and clipping",
       [](const Histogram& histogram, const CalibrationOptions&) {
         return MseRange(histogram);
       }},
      {"kl", "least Kullback-Leibler divergence",
       [](const Histogram& histogram, const CalibrationOptions&) {
         return KlRange(histogram);
       }},
  };
  return *methods;
}

const CalibrationMethod* FindCalibrationMethod(const std::string& name) {
  for (const CalibrationMethod& method : CalibrationMethods())
    if (method.name == name) return &method;
  return nullptr;
}

std::string CalibrationMethodsHelp() {
  return absl::StrJoin(CalibrationMethods(), ", ",
                       [](std::string* out, const CalibrationMethod& method) {
                         absl::StrAppend(out, method.name, " (", method.what,
                                         ")");
                       });
}

absl::Status CheckCalibrationOptions(const CalibrationOptions& options) {
  std::vector<std::string> names;
  for (const CalibrationMethod& method : CalibrationMethods())
    names.push_back(method.name);
  const absl::Status status = CheckOneOf("calibration", options.method, names);
  if (!status.ok()) return status;
  return CheckRange("calibration_percentile", options.percentile, 50, 100);
}

}  // namespace lockstep::quant
