#include "report/statistics.h"

#include <algorithm>
#include <numeric>

namespace lockstep {

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

Estimate Bootstrap(double value, uint64_t seed,
                   const std::function<double(Random&)>& replicate) {
  Random random(seed);
  Estimate estimate{value, {}};
  estimate.replicates.reserve(kReplicates);
  for (int i = 0; i < kReplicates; ++i)
    estimate.replicates.push_back(replicate(random));
  return estimate;
}

}  // namespace lockstep
