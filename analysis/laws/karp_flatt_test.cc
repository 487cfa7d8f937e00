#include "analysis/laws/karp_flatt.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using testing::HasSubstr;

TEST(KarpFlatt, OfAReport) {
  // 101.7, 56.3 and 34.3 s on one, two and four ranks.
  EXPECT_NEAR(KarpFlatt(101.7 / 56.3, 2), 0.107, 5e-4);
  EXPECT_NEAR(KarpFlatt(101.7 / 34.3, 4), 0.116, 5e-4);
  EXPECT_DOUBLE_EQ(KarpFlatt(4, 4), 0);
  EXPECT_DOUBLE_EQ(KarpFlatt(1, 4), 1);
  EXPECT_LT(KarpFlatt(4.5, 4), 0);
}

TEST(KarpFlatt, CarriesTheInterval) {
  const Estimate e = KarpFlatt(Estimate{2, {1.9, 2.1}}, 4);
  EXPECT_DOUBLE_EQ(e.value, KarpFlatt(2, 4));
  EXPECT_EQ(e.replicates.size(), 2);
}

TEST(KarpFlattTrend, SaysWhatItMeans) {
  const Estimate low{0.1, {0.09, 0.11}}, high{0.2, {0.19, 0.21}};
  EXPECT_THAT(KarpFlattTrend({{2, low}, {4, high}}), HasSubstr("rises"));
  EXPECT_THAT(KarpFlattTrend({{4, low}, {2, high}}), HasSubstr("falls"));
  EXPECT_THAT(KarpFlattTrend({{2, low}, {4, low}}), HasSubstr("is the same"));
  EXPECT_THAT(KarpFlattTrend({{2, {0.1, {}}}, {4, high}}),
              HasSubstr("without intervals"));
  EXPECT_EQ(KarpFlattTrend({{2, low}, {2, high}}), "");
  EXPECT_EQ(KarpFlattTrend({}), "");
}

}  // namespace
}  // namespace lockstep::analysis
