#include "report/statistics.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace lockstep {
namespace {

// `blocks` means of consecutive values; block sizes differ by at most one.
std::vector<double> MeansOfBlocks(const std::vector<double>& values,
                                  size_t blocks) {
  std::vector<double> means;
  for (size_t i = 0; i < blocks; ++i) {
    const size_t first = i * values.size() / blocks;
    const size_t last = (i + 1) * values.size() / blocks;
    means.push_back(
        std::accumulate(values.begin() + first, values.begin() + last, 0.0) /
        (last - first));
  }
  return means;
}

double Beta(double a, double b, Random& random) {
  const double x = std::gamma_distribution<double>(a)(random);
  return x / (x + std::gamma_distribution<double>(b)(random));
}

}  // namespace

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const size_t middle = values.size() / 2;
  std::nth_element(values.begin(), values.begin() + middle, values.end());
  const double upper = values[middle];
  if (values.size() % 2 == 1) return upper;
  return (*std::max_element(values.begin(), values.begin() + middle) + upper) /
         2;
}

double Mean(const std::vector<double>& values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / values.size();
}

std::optional<Interval> Interval95(const Estimate& estimate) {
  if (estimate.replicates.empty()) return std::nullopt;
  std::vector<double> sorted = estimate.replicates;
  std::sort(sorted.begin(), sorted.end());
  const size_t beyond = sorted.size() / 40;  // 2.5 %
  return Interval{sorted[beyond], sorted[sorted.size() - 1 - beyond]};
}

std::vector<double> Resample(const std::vector<double>& values,
                             Random& random) {
  std::vector<double> sample(values.size());
  // The remainder's bias is below 1e-12 for fewer than a million values.
  for (double& value : sample) value = values[random() % values.size()];
  return sample;
}

Estimate Bootstrap(double value, uint64_t seed, const Replicate& replicate) {
  Random random(seed);
  Estimate estimate{value, {}};
  estimate.replicates.reserve(kReplicates);
  for (int i = 0; i < kReplicates; ++i)
    estimate.replicates.push_back(replicate(random));
  return estimate;
}

Replicate MeanReplicate(std::vector<double> values) {
  if (values.size() > kMostDraws) values = MeansOfBlocks(values, kMostDraws);
  return [values = std::move(values)](Random& random) {
    return Mean(Resample(values, random));
  };
}

Replicate MedianReplicate(std::vector<double> values) {
  if (values.size() <= kMostDraws)
    return [values = std::move(values)](Random& random) {
      return Median(Resample(values, random));
    };
  std::sort(values.begin(), values.end());
  return [values = std::move(values)](Random& random) {
    const size_t n = values.size(), half = n / 2;
    return values[std::min<size_t>(n - 1,
                                   n * Beta(half + 1, n - half, random))];
  };
}

}  // namespace lockstep
