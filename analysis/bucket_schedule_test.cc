#include "analysis/bucket_schedule.h"

#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

TEST(ExposedOf, TheLastBucketIsNeverHidden) {
  EXPECT_EQ(ExposedOf({}), 0);
  EXPECT_EQ(ExposedOf({{0, 3}}), 3);
  EXPECT_EQ(ExposedOf({{10, 3}, {0, 2}}), 2);  // the first is over by then
}

TEST(ExposedOf, OneWaitsForTheOther) {
  EXPECT_EQ(ExposedOf({{4, 6}, {1, 2}, {0, 1}}), 5);  // 2, 4, 5
  EXPECT_EQ(ExposedOf({{4, 1}, {1, 2}, {0, 1}}), 2);  // -3, 1, 2
  EXPECT_EQ(ExposedOf({{9, 1}, {8, 1}}), 0);
}

}  // namespace
}  // namespace lockstep::analysis
