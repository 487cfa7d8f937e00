// How fast some work goes: warm-up, then several samples of a given length.

#ifndef LOCKSTEP_QUANT_BENCH_TIMING_H_
#define LOCKSTEP_QUANT_BENCH_TIMING_H_

#include <cstddef>
#include <functional>
#include <vector>

namespace lockstep::quant {

struct Sampling {
  double seconds = 0.5;  // of a sample, about
  int repeats = 5;       // samples
};

// Calls a second, or another figure, of each sample, at least one.
struct Rates {
  std::vector<double> samples;

  double Median() const;  // of an even number: the mean of the middle two
  double Best() const;
  double Worst() const;
  // (best - worst) / median.
  double SpreadPercent() const;
};

// Seconds of a clock that never goes back.
using Clock = std::function<double()>;
double SteadySeconds();

// Times work(n), which does n calls' worth of work. Warms up with 1, 2, 4, ...
// calls until one round takes half a sample; from that round's rate follows how
// many calls a sample has, the same number for all.
Rates MeasureRates(const std::function<void(size_t calls)>& work,
                   const Sampling& sampling, const Clock& now = SteadySeconds);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_BENCH_TIMING_H_
