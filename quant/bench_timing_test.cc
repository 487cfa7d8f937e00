#include "quant/bench_timing.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

// A clock that only the work moves.
struct Simulation {
  double seconds = 0;
  double call = 0;         // seconds that a call takes
  double slow_from = 1e9;  // from this instant on it takes twice as long
  std::vector<size_t> rounds;

  Rates Measure(const Sampling& sampling) {
    return MeasureRates(
        [&](size_t calls) {
          rounds.push_back(calls);
          seconds += calls * call * (seconds < slow_from ? 1 : 2);
        },
        sampling, [&] { return seconds; });
  }
};

TEST(MeasureRates, SamplesAreAsLongAsAskedFor) {
  Simulation simulation;
  simulation.call = 0.0625;
  const Rates rates = simulation.Measure({1, 3});
  EXPECT_THAT(rates.samples, ElementsAre(16, 16, 16));
  // Doubles up to half a second, then 16 calls a sample.
  EXPECT_THAT(simulation.rounds, ElementsAre(1, 2, 4, 8, 16, 16, 16));
}

TEST(MeasureRates, OneSlowCallIsASample) {
  Simulation simulation;
  simulation.call = 4;
  EXPECT_THAT(simulation.Measure({0.5, 2}).samples, Each(0.25));
  EXPECT_THAT(simulation.rounds, Each(1));
}

TEST(MeasureRates, WarmUpDoesNotCount) {
  Simulation simulation;
  simulation.call = 0.25;
  simulation.slow_from = 0.6;  // after one call and two
  EXPECT_THAT(simulation.Measure({1, 2}).samples, ElementsAre(2, 2));
}

TEST(Rates, MedianBestWorstAndSpread) {
  const Rates odd = {{30, 10, 20}};
  EXPECT_EQ(odd.Median(), 20);
  EXPECT_EQ(odd.Best(), 30);
  EXPECT_EQ(odd.Worst(), 10);
  EXPECT_EQ(odd.SpreadPercent(), 100);
  EXPECT_EQ((Rates{{10, 20, 40, 30}}.Median()), 25);
  EXPECT_EQ((Rates{{7}}.Median()), 7);
  EXPECT_EQ((Rates{{7}}.SpreadPercent()), 0);
}

}  // namespace
}  // namespace lockstep::quant
