#include "quant/layer_errors.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

LayerErrors Of(const std::vector<float>& real,
               const std::vector<uint8_t>& codes, float scale,
               uint8_t zero_point) {
  LayerErrors errors;
  errors.Add(real.data(), codes.data(), real.size(), scale, zero_point);
  return errors;
}

TEST(LayerErrors, AreTheFormulas) {
  // y = 1, 2, 0; errors 0.25, -0.5, 0.
  const LayerErrors errors = Of({1.25, 1.5, 0}, {2, 4, 0}, 0.5, 0);
  EXPECT_EQ(errors.count(), 3);
  EXPECT_NEAR(errors.SqnrDb(), 10 * std::log10(3.8125 / 0.3125), 1e-12);
  EXPECT_NEAR(errors.Cosine(), 4.25 / std::sqrt(3.8125 * 5), 1e-12);
  EXPECT_EQ(errors.clipped(), 0);
  EXPECT_EQ(errors.saturated(), 0);
}

TEST(LayerErrors, ClippedIsBeyondHalfAStep) {
  // Codes stand for 0 ... 25.5, and round from below 25.55.
  const LayerErrors errors =
      Of({25.5, 25.54f, 25.56f, 100}, {255, 255, 255, 254}, 0.1f, 0);
  EXPECT_EQ(errors.clipped(), 2);
  EXPECT_EQ(errors.saturated(), 3);
  EXPECT_DOUBLE_EQ(errors.ClippedPercent(), 50);
  EXPECT_DOUBLE_EQ(errors.SaturatedPercent(), 75);
}

TEST(LayerErrors, ZeroPointMakesTwoEnds) {
  const LayerErrors errors =
      Of({-10.4f, -10.6f, 0, 245.6f}, {0, 0, 10, 255}, 1, 10);
  EXPECT_EQ(errors.clipped(), 2);
  EXPECT_EQ(errors.saturated(), 3);
  EXPECT_EQ(Of({0, 0}, {0, 0}, 1, 0).saturated(), 0);  // what a ReLU stopped
}

TEST(LayerErrors, ZeroVectorsHaveNumbers) {
  EXPECT_EQ(LayerErrors().SqnrDb(), 0);
  EXPECT_EQ(LayerErrors().Cosine(), 1);
  EXPECT_TRUE(std::isinf(Of({0, 0}, {0, 0}, 1, 0).SqnrDb()));
  EXPECT_EQ(Of({0, 0}, {1, 0}, 1, 0).Cosine(), 0);
  EXPECT_EQ(Of({0, 0}, {1, 0}, 1, 0).SqnrDb(), -INFINITY);
}

TEST(LayerErrors, ImagesInOrderGiveTheSameBitsInAnyGroups) {
  std::vector<float> real;
  std::vector<uint8_t> codes;
  for (int i = 0; i < 6000; ++i) {
    real.push_back(std::sin(i) * 100);
    codes.push_back(i * 37 % 256);
  }
  LayerErrors one_by_one, left, right;
  for (int image = 0; image < 6; ++image) {
    LayerErrors alone;
    alone.Add(&real[1000 * image], &codes[1000 * image], 1000, 0.3f, 7);
    one_by_one.Add(&real[1000 * image], &codes[1000 * image], 1000, 0.3f, 7);
    left.Merge(alone);
  }
  EXPECT_EQ(one_by_one.SqnrDb(), left.SqnrDb());
  EXPECT_EQ(one_by_one.Cosine(), left.Cosine());
}

}  // namespace
}  // namespace lockstep::quant
