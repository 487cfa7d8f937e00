#include "quant/integer_conv.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

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

InputCodes Input(size_t channels, int64_t zero_point) {
  return {0.5, std::vector<int64_t>(channels, zero_point)};
}

TEST(MakeIntegerConv, PutsChannelsLastAndBoundsTheSum) {
  // Output 0: two inputs of two taps, {32, -64} and {16, 127}.
  const auto conv =
      MakeIntegerConv(Conv(2, 2), Weights({32, -64, 16, 127, 0, 0, 0, 0}, 2),
                      {0.5, {10, 20}, 255});
  ASSERT_TRUE(conv.ok()) << conv.status();
  EXPECT_THAT(conv->weights, ElementsAre(32, 16, -64, 127, 0, 0, 0, 0));
  EXPECT_THAT(conv->acc_min, ElementsAre(-64 * 255, 0));
  EXPECT_THAT(conv->acc_max, ElementsAre((32 + 16 + 127) * 255, 0));
  EXPECT_THAT(conv->zero_sum, ElementsAre(10 * -32 + 20 * 143, 0));
  EXPECT_THAT(conv->bias, ElementsAre(0.75, 0.75));
}

TEST(MakeIntegerConv, RefusesASumThatCouldLeaveInt32) {
  // 127 * 255 * 66312 is just over 2^31.
  const std::vector<int8_t> fits(66311, -127);
  EXPECT_TRUE(
      MakeIntegerConv(Conv(1, 1), Weights(fits, 1), Input(66311, 0)).ok());
  std::vector<int8_t> over(2 * 66312, 127);
  over[0] = 0;  // of channel 0, which then fits
  const absl::Status status =
      MakeIntegerConv(Conv(1, 2), Weights(over, 2), Input(66312, 0)).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(status.message(), HasSubstr("layer 'layer1', output channel 1"));
  EXPECT_THAT(status.message(), HasSubstr("outside int32"));
}

}  // namespace
}  // namespace lockstep::quant
