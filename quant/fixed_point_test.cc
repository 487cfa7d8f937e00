#include "quant/fixed_point.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;

TEST(FixedPoint, RoundsAndRefuses) {
  EXPECT_EQ(*FixedPoint(0.25, 32, {"l", 0}), 1 << 30);
  EXPECT_EQ(*FixedPoint(1.5 / 4294967296.0, 32, {"l", 0}), 2);
  EXPECT_EQ(*FixedPoint(0, 32, {"l", 0}), 0);
  EXPECT_EQ(*FixedPoint(2147483647.0 / 4294967296.0, 32, {"l", 0}), 2147483647);
  const absl::Status half = FixedPoint(0.5, 32, {"l", 3}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(half));
  EXPECT_THAT(half.message(), HasSubstr("layer 'l', output channel 3"));
  EXPECT_FALSE(
      FixedPoint(std::numeric_limits<double>::quiet_NaN(), 24, {"l"}).ok());
  EXPECT_FALSE(
      FixedPoint(std::numeric_limits<double>::infinity(), 24, {"l"}).ok());
  EXPECT_FALSE(FixedPointOffset(1e9, 0, {"l", 0}).ok());
}

TEST(FixedPointOffset, AddsTheExactPartAfterRounding) {
  constexpr int64_t kHalf = int64_t{1} << 31;
  EXPECT_EQ(*FixedPointOffset(0.25, 7, {"l"}), (1 << 30) + kHalf + 7);
  EXPECT_EQ(*FixedPointOffset(0, -kHalf - 3, {"l"}), -3);
  EXPECT_FALSE(FixedPointOffset(0, __int128{1} << 61, {"l"}).ok());
  EXPECT_FALSE(FixedPointOffset(0, -(__int128{1} << 100), {"l"}).ok());
}

}  // namespace
}  // namespace lockstep::quant
