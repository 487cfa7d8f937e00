#include "quant/integer_conv.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

using ::testing::ElementsAre;

FloatNode Conv(int kernel_w, int out) {
  FloatNode node = {Op::kConv, "layer1", {0}, {1, kernel_w}};
  node.bias.assign(out, 0);
  return node;
}

// Weights [out][in][taps] with scale 0.5 and biases of 3 steps of 0.25.
QuantizedWeights Weights(std::vector<int8_t> values, size_t out) {
  return {std::move(values), std::vector<float>(out, 0.5f),
          std::vector<int32_t>(out, 3), std::vector<float>(out, 0.25f)};
}

TEST(MakeIntegerConv, PutsChannelsLastAndSumsZeroPoints) {
  // Output 0: two inputs of two taps, {32, -64} and {16, 127}.
  const IntegerConv conv = MakeIntegerConv(
      Conv(2, 2), Weights({32, -64, 16, 127, 0, 0, 0, 0}, 2), {0.5, {10, 20}});
  EXPECT_THAT(conv.weights, ElementsAre(32, 16, -64, 127, 0, 0, 0, 0));
  EXPECT_THAT(conv.zero_sum, ElementsAre(10 * -32 + 20 * 143, 0));
  EXPECT_THAT(conv.bias, ElementsAre(0.75, 0.75));
}

}  // namespace
}  // namespace lockstep::quant
