// Medians and bootstrap intervals, the same numbers at every call.
//
// An Estimate carries its bootstrap replicates, so a ratio or a difference of
// two estimates gets its interval by combining them replicate by replicate.
// Estimates made with the same seed from equally many samples were resampled
// alike: what varies together in the data stays together. Source: Efron and
// Tibshirani, An Introduction to the Bootstrap (1993), chapter 13 (percentile
// interval).

#ifndef LOCKSTEP_REPORT_STATISTICS_H_
#define LOCKSTEP_REPORT_STATISTICS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <vector>

namespace lockstep {

// 1,000 replicates leave 25 beyond each end of a 95 % interval.
inline constexpr int kReplicates = 1000;

// The middle value, or the mean of the two middle ones; 0 for no values.
double Median(std::vector<double> values);

// Arithmetic mean; 0 for no values.
double Mean(const std::vector<double>& values);

struct Interval {
  double low = 0;
  double high = 0;
};

// A figure and what it would have been on resampled data; no replicates means
// that its spread is not known.
struct Estimate {
  double value = 0;
  std::vector<double> replicates;
};

// The 2.5th and 97.5th percentile of the replicates; nothing without them.
std::optional<Interval> Interval95(const Estimate& estimate);

using Random = std::mt19937_64;

// As many of `values`, each drawn with replacement.
std::vector<double> Resample(const std::vector<double>& values, Random& random);

// A figure of values drawn anew.
using Replicate = std::function<double(Random&)>;

// `value` with replicates drawn by `replicate`.
Estimate Bootstrap(double value, uint64_t seed, const Replicate& replicate);

// More values than this are not drawn one by one: an interval of a long run
// would cost 1,000 draws of every step, and a table of 244 buckets has 488.
inline constexpr size_t kMostDraws = 128;

// The mean of as many of `values` (at least one), drawn with replacement. Of
// more than kMostDraws, that many blocks of consecutive values are drawn, which
// also keeps together what follows one another: E. Carlstein, The Use of
// Subseries Values for Estimating the Variance of a General Statistic from a
// Stationary Sequence, 1986.
Replicate MeanReplicate(std::vector<double> values);

// Their median. Of more than kMostDraws it is drawn as what it is, the middle
// order statistic: its place among the n sorted values is n times a number of
// the distribution Beta(n / 2 + 1, n - n / 2).
Replicate MedianReplicate(std::vector<double> values);

// f(a), with its interval.
template <typename F>
Estimate Apply(F f, Estimate a) {
  a.value = f(a.value);
  for (double& replicate : a.replicates) replicate = f(replicate);
  return a;
}

// f(a, b), with its interval; without one if a or b has none.
template <typename F>
Estimate Apply(F f, const Estimate& a, const Estimate& b) {
  Estimate result{f(a.value, b.value), {}};
  if (a.replicates.size() != b.replicates.size()) return result;
  for (size_t i = 0; i < a.replicates.size(); ++i)
    result.replicates.push_back(f(a.replicates[i], b.replicates[i]));
  return result;
}

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_STATISTICS_H_
