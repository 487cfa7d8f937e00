#include "quant/bench_timing.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace lockstep::quant {
namespace {

double TimeOf(const std::function<void(size_t)>& work, size_t calls,
              const Clock& now) {
  const double begin = now();
  work(calls);
  return now() - begin;
}

// How many calls a sample has.
size_t WarmUp(const std::function<void(size_t)>& work, double seconds,
              const Clock& now) {
  size_t calls = 1;
  double took = TimeOf(work, calls, now);
  while (took < seconds / 2) {
    calls *= 2;
    took = TimeOf(work, calls, now);
  }
  return std::max<size_t>(1, std::ceil(calls * seconds / took));
}

}  // namespace

double Rates::Median() const {
  std::vector<double> sorted = samples;
  std::sort(sorted.begin(), sorted.end());
  const size_t n = sorted.size();
  return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
}

double Rates::Best() const {
  return *std::max_element(samples.begin(), samples.end());
}

double Rates::Worst() const {
  return *std::min_element(samples.begin(), samples.end());
}

double Rates::SpreadPercent() const {
  return 100 * (Best() - Worst()) / Median();
}

double SteadySeconds() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Rates MeasureRates(const std::function<void(size_t calls)>& work,
                   const Sampling& sampling, const Clock& now) {
  const size_t calls = WarmUp(work, sampling.seconds, now);
  Rates rates;
  for (int i = 0; i < sampling.repeats; ++i)
    rates.samples.push_back(calls / TimeOf(work, calls, now));
  return rates;
}

}  // namespace lockstep::quant
