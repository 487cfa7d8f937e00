#include "quant/overflow_proof.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kTwo62 = int64_t{1} << 62;

// One 1x1 convolution of `inputs` channels, all of one weight, to `outputs`.
IntegerGraph OneConv(int inputs, int outputs, int8_t weight) {
  IntegerLayer layer;
  layer.name = "layer1";
  layer.weights.assign(size_t(inputs) * outputs, weight);
  layer.padding.assign(inputs, 0);
  layer.requantization.multiplier.assign(outputs, 1);
  layer.requantization.offset.assign(outputs, 0);
  IntegerGraph graph;
  graph.layers = {layer};
  graph.shapes = {{inputs, 1, 1}, {outputs, 1, 1}};
  graph.storages = {Storage::kU8, Storage::kU8};
  return graph;
}

TEST(ProveNoOverflow, LimitsTheSumOfProducts) {
  // 127 * 255 * 66311 is just below 2^31, one input more is above.
  EXPECT_TRUE(ProveNoOverflow(OneConv(66311, 1, 127)).ok());
  EXPECT_TRUE(ProveNoOverflow(OneConv(66311, 1, -127)).ok());
  IntegerGraph over = OneConv(66312, 2, 127);
  over.layers[0].weights[0] = 0;  // of channel 0, which then fits
  const absl::Status status = ProveNoOverflow(over);
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(status.message(), HasSubstr("layer 'layer1', output channel 1"));
  EXPECT_THAT(status.message(), HasSubstr("outside int32"));
}

TEST(ProveNoOverflow, LimitsTheWholeSum) {
  // |acc| <= 255; exactly 2^62 is refused, one less is not.
  for (const int64_t sign : {1, -1}) {
    IntegerGraph graph = OneConv(1, 3, 1);
    graph.layers[0].requantization.offset[2] = sign * (kTwo62 - 256);
    EXPECT_TRUE(ProveNoOverflow(graph).ok());
    graph.layers[0].requantization.offset[2] = sign * (kTwo62 - 255);
    EXPECT_THAT(ProveNoOverflow(graph).message(),
                HasSubstr("output channel 2: the requantisation sum"));
  }
  IntegerGraph lowest = OneConv(1, 1, 1);
  lowest.layers[0].requantization.offset[0] =
      std::numeric_limits<int64_t>::min();
  EXPECT_FALSE(ProveNoOverflow(lowest).ok());
}

TEST(ProveNoOverflow, CountsResiduals) {
  IntegerGraph graph = OneConv(1, 1, 0);
  graph.layers[0].residual = 0;
  graph.layers[0].requantization.residual_multiplier = -3;
  const int64_t residual = (int64_t{255} << 8) * 3;
  graph.layers[0].requantization.offset[0] = kTwo62 - residual - 1;
  EXPECT_TRUE(ProveNoOverflow(graph).ok());
  graph.layers[0].requantization.offset[0] += 1;
  EXPECT_FALSE(ProveNoOverflow(graph).ok());
}

// Layer 1 stores accumulators of 2 * 255, which layer 2 adds times m2.
TEST(ProveNoOverflow, CountsWideResiduals) {
  IntegerGraph graph = OneConv(1, 1, 2);
  graph.layers[0].output = Storage::kWide;
  graph.storages[1] = Storage::kWide;
  graph.layers.push_back(OneConv(1, 1, 0).layers[0]);
  graph.layers[1].residual = 1;
  graph.layers[1].requantization.wide_multiplier = {1000};
  graph.layers[1].requantization.offset[0] = kTwo62 - 510 * 1000 - 1;
  graph.shapes.push_back({1, 1, 1});
  graph.storages.push_back(Storage::kU8);
  EXPECT_TRUE(ProveNoOverflow(graph).ok());
  graph.layers[1].requantization.offset[0] += 1;
  EXPECT_FALSE(ProveNoOverflow(graph).ok());
}

TEST(ProveNoOverflow, LimitsSumsOfMaps) {
  IntegerGraph graph = OneConv(1, 1, 1);
  graph.layers[0].op = IntegerOp::kSum;
  graph.shapes[0] = {1, 1 << 12, 1 << 11};  // 2^23 pixels
  EXPECT_TRUE(ProveNoOverflow(graph).ok());
  graph.shapes[0].width *= 2;
  EXPECT_FALSE(ProveNoOverflow(graph).ok());
}

}  // namespace
}  // namespace lockstep::quant
