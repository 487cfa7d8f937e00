#include "quant/requantization.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/requantize.h"

namespace lockstep::quant {
namespace {

using Real = long double;  // 64 bits of mantissa
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Message(const absl::Status& status) {
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  return std::string(status.message());
}

Real Power(int exponent) { return std::ldexp(Real{1}, exponent); }

class Numbers {
 public:
  explicit Numbers(uint32_t seed) : random_(seed) {}

  int64_t Integer(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random_);
  }
  double Uniform(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random_);
  }

 private:
  std::mt19937_64 random_;
};

constexpr int kChannels = 8;
constexpr int64_t kMostSum = 1 << 22;

// A layer whose sums of up to kMostSum stand for about as much as 255 steps of
// an output scale between 0.01 and 0.05.
IntegerConv RandomConv(Numbers& numbers) {
  IntegerConv conv = {"layer", numbers.Uniform(1e-3, 3e-3)};
  for (int c = 0; c < kChannels; ++c) {
    conv.weight_scale.push_back(numbers.Uniform(5e-4, 2e-3));
    conv.bias.push_back(numbers.Uniform(-3, 3));
    conv.zero_sum.push_back(numbers.Integer(-(1 << 20), 1 << 20));
  }
  return conv;
}

Real RealSum(const IntegerConv& conv, int c, int64_t sum) {
  return Real{conv.input_scale} * conv.weight_scale[c] *
             (sum - conv.zero_sum[c]) +
         conv.bias[c];
}

// `code` is the nearest to `real`, which the integers know to within `error`.
void ExpectNearest(int code, Real real, Real error) {
  const Real clamped = std::clamp<Real>(real, 0, 255);
  EXPECT_LE(std::abs(code - clamped), Real{0.5} + error) << double(real);
}

// Multipliers are off by 2^-33 and offsets by 2^-33 each way and as much in the
// arithmetic that made them; a residual's code by 255 * 2^8 * 2^-33.
Real ErrorOf(int64_t sum, int64_t wide) {
  return (std::abs(sum) + std::abs(wide)) * Power(-33) +
         255 * 256 * Power(-33) + 4 * Power(-32);
}

TEST(RequantizeConv, NumbersAreThoseOfTheFormula) {
  Numbers numbers(1);
  for (int round = 0; round < 200; ++round) {
    const IntegerConv conv = RandomConv(numbers);
    const double scale = numbers.Uniform(0.01, 0.05);
    const int zero = numbers.Integer(0, 255);
    const auto q = RequantizeConv(conv, scale, zero, {});
    ASSERT_TRUE(q.ok()) << q.status();
    ASSERT_EQ(q->multiplier.size(), kChannels);
    ASSERT_EQ(q->offset.size(), kChannels);
    EXPECT_TRUE(q->wide_multiplier.empty());
    EXPECT_EQ(q->residual_multiplier, 0);
    for (int c = 0; c < kChannels; ++c) {
      const Real m =
          Real{conv.input_scale} * conv.weight_scale[c] / scale * Power(32);
      EXPECT_LE(std::abs(q->multiplier[c] - m), 0.501L);
      const Real offset = conv.bias[c] / Real{scale} * Power(32) + Power(31) +
                          zero * Power(32) -
                          Real(q->multiplier[c]) * conv.zero_sum[c];
      EXPECT_LE(std::abs(q->offset[c] - offset), 0.501L);
    }
  }
}

TEST(RequantizeConv, StoresTheNearestCode) {
  Numbers numbers(2);
  for (int round = 0; round < 200; ++round) {
    const IntegerConv conv = RandomConv(numbers);
    const double scale = numbers.Uniform(0.01, 0.05);
    const int zero = round % 2 == 0 ? 0 : numbers.Integer(0, 255);
    const auto q = RequantizeConv(conv, scale, zero, {});
    ASSERT_TRUE(q.ok()) << q.status();
    for (int c = 0; c < kChannels; ++c) {
      const int64_t sum = numbers.Integer(-kMostSum, kMostSum);
      ExpectNearest(RescaleToU8(sum, q->multiplier[c], 0, q->offset[c]),
                    RealSum(conv, c, sum) / scale + zero, ErrorOf(sum, 0));
    }
  }
}

// A sum of a convolution and a stored code with a zero point.
TEST(RequantizeConv, AddsAStoredResidual) {
  Numbers numbers(3);
  for (int round = 0; round < 200; ++round) {
    const IntegerConv conv = RandomConv(numbers);
    const double scale = numbers.Uniform(0.01, 0.05);
    const int zero = numbers.Integer(0, 255);
    const Encoding stored = {static_cast<float>(numbers.Uniform(0.005, 0.1)),
                             static_cast<uint8_t>(numbers.Integer(0, 255))};
    const auto q = RequantizeConv(conv, scale, zero, {stored, nullptr});
    ASSERT_TRUE(q.ok()) << q.status();
    for (int c = 0; c < kChannels; ++c) {
      const int64_t sum = numbers.Integer(-kMostSum, kMostSum);
      const int code = numbers.Integer(0, 255);
      const int64_t residual = (int64_t{code} << 8) * q->residual_multiplier;
      const Real real = RealSum(conv, c, sum) +
                        Real{stored.scale} * (code - stored.zero_point);
      ExpectNearest(RescaleToU8(sum, q->multiplier[c], residual, q->offset[c]),
                    real / scale + zero, ErrorOf(sum, 0));
    }
  }
}

// Two sums of convolutions, each with a bias and zero points of its own.
TEST(RequantizeConv, AddsAnotherConvolutionsSum) {
  Numbers numbers(4);
  for (int round = 0; round < 200; ++round) {
    const IntegerConv conv = RandomConv(numbers), other = RandomConv(numbers);
    const double scale = numbers.Uniform(0.01, 0.05);
    const int zero = numbers.Integer(0, 255);
    const auto q = RequantizeConv(conv, scale, zero, {std::nullopt, &other});
    ASSERT_TRUE(q.ok()) << q.status();
    ASSERT_EQ(q->wide_multiplier.size(), kChannels);
    for (int c = 0; c < kChannels; ++c) {
      const int64_t sum = numbers.Integer(-kMostSum, kMostSum);
      const int64_t wide = numbers.Integer(-kMostSum, kMostSum);
      const int64_t residual = wide * q->wide_multiplier[c];
      ExpectNearest(
          RescaleToU8(sum, q->multiplier[c], residual, q->offset[c]),
          (RealSum(conv, c, sum) + RealSum(other, c, wide)) / scale + zero,
          ErrorOf(sum, wide));
    }
  }
}

TEST(RequantizeMean, StoresTheNearestCode) {
  Numbers numbers(5);
  const auto encoding = [&] {
    return Encoding{static_cast<float>(numbers.Uniform(0.01, 0.05)),
                    static_cast<uint8_t>(numbers.Integer(0, 255))};
  };
  for (int round = 0; round < 2000; ++round) {
    const Encoding input = encoding(), output = encoding(), other = encoding();
    const int pixels = numbers.Integer(1, 64);
    const bool adds = round % 2 == 0;
    const auto q = RequantizeMean(
        input, pixels, output,
        {adds ? std::optional(other) : std::nullopt, nullptr}, 3, "mean");
    ASSERT_TRUE(q.ok()) << q.status();
    EXPECT_EQ(q->offset, std::vector<int64_t>(3, q->offset[0]));
    const int sum = numbers.Integer(0, 255 * pixels);
    const int code = adds ? numbers.Integer(0, 255) : 0;
    Real real = Real{input.scale} * (sum - pixels * input.zero_point) / pixels;
    if (adds) real += Real{other.scale} * (code - other.zero_point);
    ExpectNearest(RescaleSum(*q, 2, sum, code),
                  real / output.scale + output.zero_point,
                  // Sums are shifted by 8 like codes.
                  ErrorOf(int64_t{sum} << 8, 0) + 255 * 256 * Power(-33));
  }
}

TEST(Requantize, RefusesByLayerAndChannel) {
  Numbers numbers(6);
  IntegerConv conv = RandomConv(numbers);
  conv.weight_scale[5] = 1e3;
  EXPECT_THAT(Message(RequantizeConv(conv, 1e-3, 0, {}).status()),
              AllOf(HasSubstr("layer 'layer', output channel 5: multiplier"),
                    HasSubstr("2^31 or more")));
  conv = RandomConv(numbers);
  conv.bias[2] = 1e9;
  EXPECT_THAT(Message(RequantizeConv(conv, 0.01, 0, {}).status()),
              HasSubstr("output channel 2: bias of 1e+11 output steps"));
  conv.bias[2] = NAN;
  EXPECT_THAT(Message(RequantizeConv(conv, 0.01, 0, {}).status()),
              HasSubstr("output channel 2: bias of nan"));
  conv = RandomConv(numbers);
  conv.zero_sum[0] = int64_t{1} << 45;
  EXPECT_THAT(Message(RequantizeConv(conv, 0.001, 0, {}).status()),
              HasSubstr("output channel 0: the zero points' share"));
  conv = RandomConv(numbers);
  IntegerConv other = RandomConv(numbers);
  other.name = "shortcut";
  other.bias[1] = -1e9;
  EXPECT_THAT(
      Message(RequantizeConv(conv, 0.01, 0, {std::nullopt, &other}).status()),
      HasSubstr("layer 'shortcut', output channel 1: bias"));
  const Encoding coarse = {1e3f, 0};
  EXPECT_THAT(
      Message(RequantizeConv(conv, 1e-3, 0, {coarse, nullptr}).status()),
      HasSubstr("layer 'layer': multiplier"));
  EXPECT_THAT(
      Message(RequantizeMean(coarse, 4, {1e-3f, 0}, {}, 1, "mean").status()),
      HasSubstr("layer 'mean': multiplier"));
}

}  // namespace
}  // namespace lockstep::quant
