#include "quant/requantize.h"

#include <cmath>
#include <random>

#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

// floor(t / 2^32) without shifting a negative number.
int64_t FloorDivide(__int128 t) {
  const __int128 divisor = __int128{1} << 32;
  __int128 quotient = t / divisor;
  if (t % divisor < 0) --quotient;
  return static_cast<int64_t>(quotient);
}

TEST(Rescale, EqualsExactArithmetic) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 200000; ++i) {
    const auto acc = static_cast<int32_t>(random());
    const auto m = static_cast<int32_t>(random() >> 33);
    const auto c64 = static_cast<int64_t>(random()) >> (2 + random() % 40);
    const auto r = static_cast<uint8_t>(random());
    const int64_t residual = (int64_t{r} << 8) * (m >> 1);
    const __int128 exact = __int128{acc} * m + residual + c64;
    if (exact >= (__int128{1} << 62) || exact <= -(__int128{1} << 62)) continue;
    const int64_t expected = FloorDivide(exact);
    ASSERT_EQ(Rescale(acc, m, residual, c64), expected)
        << acc << " " << m << " " << residual << " " << c64;
    ASSERT_EQ(RescaleToU8(acc, m, residual, c64), expected < 0     ? 0
                                                  : expected > 255 ? 255
                                                                   : expected);
  }
}

// m = round(M 2^32) moves acc * M by at most |acc| / 2^33 < 0.25, so the result
// is the nearest integer unless the real product is that close to a tie.
TEST(Rescale, RoundsTheRealProductToNearest) {
  std::mt19937 random(12);
  for (int i = 0; i < 200000; ++i) {
    const int32_t acc = static_cast<int32_t>(random()) >> 11;  // 2^20
    const double ratio = random() / 4294967296.0 * 3e-3;
    const auto m = static_cast<int32_t>(std::lround(std::ldexp(ratio, 32)));
    const double real = acc * ratio;
    const double slack = std::abs(acc) / std::ldexp(1.0, 33) + 1e-9;
    const double result = Rescale(acc, m, 0, int64_t{1} << 31);
    ASSERT_LE(std::abs(result - real), 0.5 + slack) << acc << " * " << ratio;
  }
}

TEST(Rescale, TiesGoUp) {
  constexpr int32_t kQuarter = 1 << 30;
  constexpr int64_t kHalf = int64_t{1} << 31;
  EXPECT_EQ(Rescale(2, kQuarter, 0, kHalf), 1);    // 0.5
  EXPECT_EQ(Rescale(-2, kQuarter, 0, kHalf), 0);   // -0.5
  EXPECT_EQ(Rescale(-6, kQuarter, 0, kHalf), -1);  // -1.5
  EXPECT_EQ(RescaleToU8(-6, kQuarter, 0, kHalf), 0);
  EXPECT_EQ(RescaleToU8(4 * 256, kQuarter, 0, kHalf), 255);
}

TEST(RequantizeElement, StoresWhatTheLayerSays) {
  IntegerLayer layer;
  layer.requantization.multiplier = {1 << 30, 1 << 29};
  layer.requantization.offset = {int64_t{1} << 31, int64_t{5} << 32};
  layer.requantization.residual_multiplier = 1 << 24;  // r * 1
  const int32_t acc[] = {400, -1600};
  const uint8_t residual[] = {7, 255};
  uint8_t u8[2];
  for (int c : {0, 1})
    RequantizeElement(layer, c, acc[c], &residual[c], nullptr, &u8[c], nullptr);
  EXPECT_EQ(u8[0], 107);
  EXPECT_EQ(u8[1], 60);
  int32_t i32[2];
  layer.output = Storage::kWide;
  for (int c : {0, 1})
    RequantizeElement(layer, c, acc[c], nullptr, nullptr, nullptr, &i32[c]);
  EXPECT_EQ(i32[1], -1600);
  layer.output = Storage::kLogits;
  for (int c : {0, 1})
    RequantizeElement(layer, c, acc[c], nullptr, nullptr, nullptr, &i32[c]);
  EXPECT_EQ(i32[0], 100);
  EXPECT_EQ(i32[1], -195);
}

}  // namespace
}  // namespace lockstep::quant
