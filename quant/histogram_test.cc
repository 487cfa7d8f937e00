#include "quant/histogram.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

constexpr int kBins = Histogram::kBins;

TEST(Histogram, EveryBinEdgeIsAMultipleOfTheWidth) {
  Histogram histogram({0, 4});
  EXPECT_EQ(histogram.width(), 4.0 / kBins);
  EXPECT_EQ(histogram.negative_bins(), 0);
  const float data[] = {0, 2, 4, 1.0f / kBins, 3.9999f};
  histogram.Add(data, 5);
  EXPECT_EQ(histogram.zeros(), 1);
  EXPECT_EQ(histogram.counts()[kBins / 2], 1);
  EXPECT_EQ(histogram.counts()[kBins - 1], 2);
  EXPECT_EQ(histogram.counts()[0], 1);
  EXPECT_EQ(histogram.total(), 5);
}

TEST(Histogram, SignsShareTheirEdges) {
  Histogram histogram({-4, 1});
  EXPECT_EQ(histogram.negative_bins(), kBins);
  const float data[] = {-4, 1, -1, 1.0001f / kBins, -1.0001f / kBins};
  histogram.Add(data, 5);
  EXPECT_EQ(histogram.counts()[0], 1);
  EXPECT_EQ(histogram.counts()[kBins + kBins / 4], 1);
  EXPECT_EQ(histogram.counts()[kBins - kBins / 4], 1);
  const std::vector<uint64_t> magnitudes = histogram.Magnitudes();
  EXPECT_EQ(magnitudes.size(), kBins);
  EXPECT_EQ(magnitudes[0], 2);
  EXPECT_EQ(magnitudes[kBins - 1], 1);
  EXPECT_EQ(std::accumulate(magnitudes.begin(), magnitudes.end(), 0), 5);
}

TEST(Histogram, MergingIsAdding) {
  const float data[] = {-1, -0.5f, 0, 0.25f, 0.75f, 1};
  Histogram all({-1, 1}), first({-1, 1}), rest({-1, 1});
  all.Add(data, 6);
  first.Add(data, 2);
  rest.Add(data + 2, 4);
  rest.Merge(first);
  EXPECT_EQ(rest.counts(), all.counts());
  EXPECT_EQ(rest.zeros(), all.zeros());
}

TEST(Histogram, ExtremeRangesAreCounted) {
  const float least = std::numeric_limits<float>::denorm_min();
  const float most = std::numeric_limits<float>::max();
  for (float end : {least, most}) {
    Histogram histogram({-end, end});
    const float data[] = {-end, end, end / 2, -0.0f};
    histogram.Add(data, 4);
    EXPECT_EQ(histogram.total(), 4);
    EXPECT_EQ(histogram.counts().front(), 1);
    EXPECT_GE(histogram.counts().back(), 1);
  }
  Histogram zeros({0, 0});
  const float data[] = {0, -0.0f};
  zeros.Add(data, 2);
  EXPECT_EQ(zeros.zeros(), 2);
  EXPECT_EQ(zeros.width(), 0);
}

}  // namespace
}  // namespace lockstep::quant
