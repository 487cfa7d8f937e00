#include "quant/calibration_method.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "data/counter_random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

constexpr double kPi = 3.14159265358979323846;

Histogram HistogramOf(const std::vector<float>& data) {
  Range range;
  for (float x : data) range = {std::min(range.min, x), std::max(range.max, x)};
  Histogram histogram(range);
  histogram.Add(data.data(), data.size());
  return histogram;
}

// The squared error of every element rounded and clipped for itself.
double SquaredError(const std::vector<float>& data, const Range& range) {
  const double step = (double{range.max} - range.min) / 255;
  double sum = 0;
  for (float x : data) {
    const double clipped = std::clamp(x, range.min, range.max);
    const double error = std::nearbyint(clipped / step) * step - x;
    sum += error * error;
  }
  return sum;
}

double SqnrDb(const std::vector<float>& data, const Range& range) {
  double energy = 0;
  for (float x : data) energy += double{x} * x;
  return 10 * std::log10(energy / SquaredError(data, range));
}

// A random number of one distribution.
using Draw = std::function<double(CounterRandom&)>;

double Uniform(CounterRandom& random) {
  return (random.Next() >> 11) * 0x1p-53 + 0x1p-54;
}

double Gauss(CounterRandom& random) {
  const double radius = std::sqrt(-2 * std::log(Uniform(random)));
  return radius * std::cos(2 * kPi * Uniform(random));
}

double Laplace(CounterRandom& random) {
  const double u = Uniform(random) - 0.5;
  return (u < 0 ? 1 : -1) * std::log(1 - 2 * std::abs(u));
}

double Student5(CounterRandom& random) {
  double chi = 0;
  for (int i = 0; i < 5; ++i) chi += std::pow(Gauss(random), 2);
  return Gauss(random) / std::sqrt(chi / 5);
}

std::vector<float> Sample(const Draw& draw, size_t count, bool relu) {
  CounterRandom random(7, 0, 0);
  std::vector<float> data(count);
  for (float& x : data) {
    x = draw(random);
    if (relu) x = std::max(x, 0.0f);
  }
  return data;
}

// SQNR by method, 8 bits, of the rectified distribution.
std::map<std::string, double> SqnrOfMethods(const Draw& draw) {
  const std::vector<float> data = Sample(draw, 2000000, true);
  const Histogram histogram = HistogramOf(data);
  std::map<std::string, double> db = {
      {"minmax", SqnrDb(data, histogram.range())}};
  for (const char* percentile : {"99.9", "99.99", "99.999"})
    db[percentile] =
        SqnrDb(data, PercentileRange(histogram, std::stod(percentile)));
  db["mse"] = SqnrDb(data, MseRange(histogram));
  db["kl"] = SqnrDb(data, KlRange(histogram));
  return db;
}

// mse is the best there is, 99.999 and kl are near it, minmax a little worse,
// and clipping a thousandth of the elements costs more than all else.
void ExpectUsualOrder(std::map<std::string, double> db) {
  for (const auto& [method, value] : db) EXPECT_LE(value, db["mse"] + 0.05);
  EXPECT_LT(db["minmax"], db["mse"] - 0.5);
  EXPECT_GT(db["99.999"], db["mse"] - 1);
  EXPECT_GT(db["kl"], db["mse"] - 3);
  EXPECT_LT(db["99.99"], db["99.999"] - 1);
  EXPECT_LT(db["99.9"], db["99.99"] - 5);
  EXPECT_LT(db["99.9"], db["minmax"] - 9);
}

TEST(Methods, Gauss) {
  auto db = SqnrOfMethods(Gauss);
  ExpectUsualOrder(db);
  EXPECT_NEAR(db["mse"], 46.1, 0.5);
  EXPECT_NEAR(db["kl"], 45.6, 0.75);
}

TEST(Methods, Laplace) {
  auto db = SqnrOfMethods(Laplace);
  ExpectUsualOrder(db);
  EXPECT_NEAR(db["mse"], 40.2, 0.5);
  EXPECT_NEAR(db["kl"], 40.1, 0.75);
}

// Of a Student distribution a sample's largest element, so minmax, says little.
TEST(Methods, Student5) {
  auto db = SqnrOfMethods(Student5);
  ExpectUsualOrder(db);
}

// A few thousand elements of every kind.
std::vector<std::vector<float>> SmallSamples() {
  std::vector<std::vector<float>> samples;
  for (const Draw& draw : {Draw(Gauss), Draw(Laplace), Draw(Student5)})
    for (bool relu : {false, true}) samples.push_back(Sample(draw, 3000, relu));
  // One tail only, and one that is much longer.
  for (float& x : samples.emplace_back(samples[1])) x = -x;
  for (float& x : samples.emplace_back(samples[0])) x = x > 0 ? 10 * x : x;
  return samples;
}

TEST(Percentile, IsTheOrderStatisticRoundedUpToABin) {
  for (const std::vector<float>& data : SmallSamples())
    for (double percentile : {50.0, 75.0, 99.0, 99.9}) {
      std::vector<float> sorted;
      for (float x : data) sorted.push_back(std::abs(x));
      std::sort(sorted.begin(), sorted.end());
      const double exact =
          sorted[std::ceil(percentile / 100 * data.size()) - 1];
      if (exact == 0) continue;
      const Histogram histogram = HistogramOf(data);
      const Range range = PercentileRange(histogram, percentile);
      const double found = std::max(-range.min, range.max);
      // The range cannot be wider than the shorter tail.
      const double longest =
          std::max(-histogram.range().min, histogram.range().max);
      EXPECT_GE(found, std::min(exact, longest) * (1 - 1e-6));
      EXPECT_LE(found, exact + histogram.width() * (1 + 1e-6));
    }
}

TEST(Percentile, AHundredIsMinMax) {
  for (const std::vector<float>& data : SmallSamples()) {
    const Histogram histogram = HistogramOf(data);
    const Range range = PercentileRange(histogram, 100);
    EXPECT_EQ(range.min, histogram.range().min);
    EXPECT_EQ(range.max, histogram.range().max);
  }
}

TEST(Percentile, AValueThatIsMostlyZeroIsNotClippedAway) {
  std::vector<float> data(1000);
  data[7] = 3;
  EXPECT_EQ(PercentileRange(HistogramOf(data), 99).max, 3);
}

// Against rounding every element for itself at every threshold. Elements that
// are spread over their bin differ from that by chance alone: the least error
// is found within 2 %, 0.1 dB.
TEST(Mse, IsTheLeastErrorOfAllThresholds) {
  for (const std::vector<float>& data : SmallSamples()) {
    const Histogram histogram = HistogramOf(data);
    const Range all = histogram.range();
    const float end = std::max(-all.min, all.max);
    double least = std::numeric_limits<double>::infinity();
    for (int i = 1; i <= 1024; ++i) {
      const float t = end * i / 1024;
      least = std::min(least, SquaredError(data, {std::max(all.min, -t),
                                                  std::min(all.max, t)}));
    }
    EXPECT_LE(SquaredError(data, MseRange(histogram)), 1.02 * least);
  }
}

// Migacz's loop in its plainest form for rectified data: the threshold, in bins
// of 2048, with the least divergence.
int BestBinsByDivergence(const std::vector<float>& data) {
  constexpr int kBins = 2048, kLevels = 256;
  const float end = *std::max_element(data.begin(), data.end());
  std::vector<double> bins(kBins);
  for (float x : data)
    if (x > 0) ++bins[std::min<int>(double{x} * kBins / end, kBins - 1)];
  double least = std::numeric_limits<double>::infinity();
  int best = 0;
  for (int n = kBins; n >= kLevels; n -= 2) {
    std::vector<double> p(bins.begin(), bins.begin() + n), q(n);
    for (int level = 0; level < kLevels; ++level) {
      double content = 0, filled = 0;
      for (int pass = 0; pass < 2; ++pass)
        for (int i = level * n / kLevels; i < (level + 1) * n / kLevels; ++i) {
          if (pass == 0) {
            content += p[i];
            filled += p[i] > 0;
          } else if (p[i] > 0) {
            q[i] = content / filled;
          }
        }
    }
    for (int i = n; i < kBins; ++i) p[n - 1] += bins[i];
    double p_sum = 0, q_sum = 0, divergence = 0;
    for (double x : p) p_sum += x;
    for (double x : q) q_sum += x;
    for (int i = 0; i < n; ++i) {
      const double a = (1 - 1e-4) * p[i] / p_sum + 1e-4 / n;
      const double b = (1 - 1e-4) * q[i] / q_sum + 1e-4 / n;
      divergence += a * std::log(a / b);
    }
    if (divergence < least) best = n;
    least = std::min(least, divergence);
  }
  return best;
}

TEST(Kl, EqualsThePlainLoop) {
  for (const Draw& draw : {Draw(Gauss), Draw(Laplace), Draw(Student5)}) {
    const std::vector<float> data = Sample(draw, 20000, true);
    const Histogram histogram = HistogramOf(data);
    EXPECT_NEAR(KlRange(histogram).max / histogram.range().max * 2048,
                BestBinsByDivergence(data), 1e-3);
  }
}

TEST(Kl, AnEvenDistributionIsNotClipped) {
  std::vector<float> data;
  for (int i = 1; i <= 100000; ++i) data.push_back(i / 100000.0f);
  EXPECT_GE(KlRange(HistogramOf(data)).max, 0.99f);
}

TEST(Kl, AnOutlierIsClipped) {
  std::vector<float> data = {4};
  for (int i = 1; i <= 100000; ++i) data.push_back(i / 100000.0f);
  EXPECT_NEAR(KlRange(HistogramOf(data)).max, 1, 0.05);
  for (float& x : data) x = -x;
  EXPECT_NEAR(KlRange(HistogramOf(data)).min, -1, 0.05);
}

// What has crashed or hung other calibrators.
std::vector<std::vector<float>> OddSamples() {
  const float most = std::numeric_limits<float>::max();
  const float least = std::numeric_limits<float>::denorm_min();
  std::vector<float> outlier(1000, 1e-6f);
  outlier.push_back(1e6f);
  return {{},
          {0},
          {0, 0, 0},
          {5},
          {-5},
          {1, 1, 1, 1},
          {-1, 1},
          {most},
          {least},
          {-most, most},
          {-least, 0, least},
          {-1e-30f, 1e30f},
          outlier};
}

TEST(Methods, OddHistogramsGiveARangeWithZeroInsideMinMax) {
  for (const std::vector<float>& data : OddSamples())
    for (const CalibrationMethod& method : CalibrationMethods()) {
      if (method.range == nullptr) continue;
      const Histogram histogram = HistogramOf(data);
      const Range range = method.range(histogram, CalibrationOptions());
      EXPECT_LE(range.min, 0) << method.name;
      EXPECT_GE(range.max, 0) << method.name;
      EXPECT_GE(range.min, histogram.range().min) << method.name;
      EXPECT_LE(range.max, histogram.range().max) << method.name;
    }
}

TEST(Options, AreCheckedAgainstTheTable) {
  for (const CalibrationMethod& method : CalibrationMethods()) {
    EXPECT_TRUE(CheckCalibrationOptions({method.name}).ok());
    EXPECT_EQ(FindCalibrationMethod(method.name), &method);
    EXPECT_THAT(CalibrationMethodsHelp(), ::testing::HasSubstr(method.name));
  }
  EXPECT_EQ(FindCalibrationMethod("entropy"), nullptr);
  EXPECT_THAT(CheckCalibrationOptions({"entropy"}).message(),
              ::testing::HasSubstr("percentile"));
  EXPECT_FALSE(CheckCalibrationOptions({"percentile", 100.1}).ok());
  EXPECT_FALSE(CheckCalibrationOptions({"percentile", NAN}).ok());
}

}  // namespace
}  // namespace lockstep::quant
