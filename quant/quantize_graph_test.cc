#include "quant/quantize_graph.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/onnx_reader.h"
#include "quant/testing_models.h"

namespace lockstep::quant {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

QuantizedGraph Quantized(const onnx::ModelProto& model, Dialect dialect) {
  const auto read = ReadOnnx(model.SerializeAsString());
  EXPECT_TRUE(read.ok()) << read.status();
  const FloatGraph folded = *FoldBatchNorm(read->graph);
  const std::vector<Range> ranges(folded.shapes.size(), {-1, 4});
  return QuantizeGraph(folded, ranges, Normalization(), dialect);
}

// How many values made by `op` are stored.
int CountStored(const QuantizedGraph& graph, Op op) {
  int count = 0;
  for (size_t i = 0; i < graph.graph.nodes.size(); ++i)
    count += graph.graph.nodes[i].op == op && graph.encodings[i + 1];
  return count;
}

TEST(ActivationEncoding, HoldsZeroAndTheRange) {
  EXPECT_EQ(ActivationEncoding({0, 2.55f}), (Encoding{0.01f, 0}));
  EXPECT_EQ(ActivationEncoding({1, 2.55f}), (Encoding{0.01f, 0}));
  EXPECT_EQ(ActivationEncoding({-1, 1.55f}), (Encoding{0.01f, 100}));
  EXPECT_EQ(ActivationEncoding({-255, -3}), (Encoding{1, 255}));
  EXPECT_EQ(ActivationEncoding({0, 0}), (Encoding{1, 0}));
}

TEST(QuantizeGraph, DialectsStoreWhatTheySay) {
  const auto model = ResnetModel({2, 2, 2, 2}, 4);
  const auto fused = Quantized(model, Dialect::kFused);
  const auto ort = Quantized(model, Dialect::kOrt);
  EXPECT_EQ(CountStored(fused, Op::kRelu), 17);
  EXPECT_EQ(CountStored(fused, Op::kConv), 0);
  EXPECT_EQ(CountStored(fused, Op::kGlobalAveragePool), 0);
  EXPECT_EQ(CountStored(ort, Op::kRelu), 17);
  EXPECT_EQ(CountStored(ort, Op::kConv), 8 + 3);
  EXPECT_EQ(CountStored(ort, Op::kGlobalAveragePool), 1);
  EXPECT_THAT(fused.input.zero_point, ElementsAre(125, 123, 114));
  EXPECT_THAT(ort.input.zero_point, Each(121));
}

// A pool keeps its input's encoding, whatever was calibrated for it.
TEST(QuantizeGraph, PoolsKeepTheEncoding) {
  const auto lenet = Quantized(LenetModel(), Dialect::kFused);
  for (size_t i = 0; i < lenet.graph.nodes.size(); ++i) {
    if (lenet.graph.nodes[i].op == Op::kMaxPool) {
      EXPECT_EQ(lenet.encodings[i + 1],
                lenet.encodings[lenet.graph.nodes[i].inputs[0]]);
    }
  }
}

}  // namespace
}  // namespace lockstep::quant
