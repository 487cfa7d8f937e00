#include "quant/build_integer_graph.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/onnx_reader.h"
#include "quant/quantize_graph.h"
#include "quant/testing_models.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;

FloatGraph Folded(const onnx::ModelProto& model) {
  const auto read = ReadOnnx(model.SerializeAsString());
  EXPECT_TRUE(read.ok()) << read.status();
  const auto folded = FoldBatchNorm(read->graph);
  EXPECT_TRUE(folded.ok()) << folded.status();
  return *folded;
}

// Every value in [-max, max].
absl::StatusOr<IntegerGraph> Build(const FloatGraph& graph, float max = 4,
                                   Dialect dialect = Dialect::kFused) {
  const std::vector<Range> ranges(graph.shapes.size(), {-max, max});
  return BuildIntegerGraph(
      QuantizeGraph(graph, ranges, Normalization(), dialect));
}

int CountLayers(const IntegerGraph& graph, IntegerOp op, Storage storage) {
  int count = 0;
  for (const IntegerLayer& layer : graph.layers)
    count += layer.op == op && layer.output == storage;
  return count;
}

TEST(BuildIntegerGraph, FusesResnet18) {
  const auto graph = Build(Folded(ResnetModel({2, 2, 2, 2}, 64)));
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_EQ(CountLayers(*graph, IntegerOp::kConv, Storage::kU8), 17);
  EXPECT_EQ(CountLayers(*graph, IntegerOp::kConv, Storage::kWide), 3);
  EXPECT_EQ(CountLayers(*graph, IntegerOp::kSum, Storage::kSums), 1);
  EXPECT_EQ(CountLayers(*graph, IntegerOp::kConv, Storage::kLogits), 1);
  EXPECT_EQ(graph->layers.size(), 22);
  EXPECT_EQ(graph->shapes.back().ToString(), "10x1x1");
}

TEST(BuildIntegerGraph, PadsTheFirstLayerWithTheMeanPixel) {
  const auto graph = Build(Folded(ResnetModel({1}, 4)));
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_THAT(graph->layers[0].padding, ::testing::ElementsAre(125, 123, 114));
  EXPECT_THAT(graph->layers[1].padding, ::testing::Each(0));
}

TEST(BuildIntegerGraph, BuildsLenet) {
  const auto graph = Build(Folded(LenetModel()));
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_EQ(CountLayers(*graph, IntegerOp::kMaxPool, Storage::kU8), 2);
  for (int8_t weight : graph->layers[0].weights) EXPECT_GE(weight, -127);
}

TEST(BuildIntegerGraph, ALayerThatIsAlwaysZeroIsFine) {
  const FloatGraph graph = Folded(LenetModel());
  std::vector<Range> ranges(graph.shapes.size(), {-4, 4});
  ranges[2] = {0, 0};
  EXPECT_TRUE(BuildIntegerGraph(QuantizeGraph(graph, ranges, Normalization(),
                                              Dialect::kFused))
                  .ok());
}

TEST(BuildIntegerGraph, StoresWhatHasASign) {
  const auto graph = Build(Folded(SignedValuesModel()));
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_EQ(CountLayers(*graph, IntegerOp::kRescale, Storage::kU8), 5);
  EXPECT_EQ(graph->encodings[1].zero_point, 127);
  EXPECT_EQ(graph->storages.back(), Storage::kU8);
  EXPECT_FLOAT_EQ(graph->logit_scale, 4.0f / 255);
}

TEST(BuildIntegerGraph, RoundsTwiceInDialectOrt) {
  const auto graph =
      Build(Folded(ResnetModel({2, 2, 2, 2}, 8)), 4, Dialect::kOrt);
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_EQ(CountLayers(*graph, IntegerOp::kConv, Storage::kU8), 20);
  EXPECT_EQ(CountLayers(*graph, IntegerOp::kRescale, Storage::kU8), 8 + 1);
  EXPECT_EQ(CountLayers(*graph, IntegerOp::kConv, Storage::kLogits), 1);
}

TEST(BuildIntegerGraph, NamesNodesWithoutAnIntegerForm) {
  TestingModel pooled_input;
  const auto pool = pooled_input.Flatten(pooled_input.MaxPool("input", 2, 2));
  const absl::Status unstored =
      Build(Folded(pooled_input.Finish(pooled_input.Gemm(pool, 768, 10))))
          .status();
  EXPECT_TRUE(absl::IsUnimplemented(unstored));
  EXPECT_THAT(unstored.message(), HasSubstr("only a Conv can read the input"));

  TestingModel mean;
  const auto conv = mean.Node("Relu", {mean.Conv("input", 3, 4, 3, 1, 1)});
  const auto relu = mean.Node("Relu", {mean.Node("GlobalAveragePool", {conv})});
  EXPECT_THAT(Build(Folded(mean.Finish(mean.Gemm(mean.Flatten(relu), 4, 10))))
                  .status()
                  .message(),
              HasSubstr("(GlobalAveragePool): is read by node"));
}

// What no calibration makes, but a file can say.
TEST(BuildIntegerGraph, ChecksEncodings) {
  const FloatGraph graph = Folded(LenetModel());
  const std::vector<Range> ranges(graph.shapes.size(), {-4, 4});
  QuantizedGraph odd_relu =
      QuantizeGraph(graph, ranges, Normalization(), Dialect::kFused);
  QuantizedGraph odd_pool = odd_relu;
  odd_relu.encodings[2]->zero_point = 3;
  EXPECT_THAT(BuildIntegerGraph(odd_relu).status().message(),
              HasSubstr("must be stored with zero point 0"));
  odd_pool.encodings[3]->scale *= 2;
  EXPECT_THAT(BuildIntegerGraph(odd_pool).status().message(),
              HasSubstr("input and output must have one scale"));
}

TEST(BuildIntegerGraph, NamesLayerAndChannelOfATooSmallRange) {
  const absl::Status status =
      Build(Folded(ResnetModel({1}, 4)), 1e-6f).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(status.message(), HasSubstr("layer 'Conv1', output channel 0"));
}

TEST(BuildIntegerGraph, RefusesASumThatCouldOverflow) {
  // 24 * 25 * 120 inputs of weight 127 each: 127 * 255 * 72000 > 2^31.
  TestingModel model;
  std::string value = model.Conv("input", 3, 72, 1, 1, 0);
  value = model.Flatten(model.Node("Relu", {value}));
  FloatGraph graph = Folded(model.Finish(model.Gemm(value, 72 * 1024, 10)));
  graph.nodes[2].weights.assign(graph.nodes[2].weights.size(), 0.01f);
  const absl::Status status = Build(graph).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(status.message(), HasSubstr("output channel 0"));
  EXPECT_THAT(status.message(), HasSubstr("outside int32"));
}

TEST(BuildIntegerGraph, RefusesAnEnormousBias) {
  FloatGraph graph = Folded(LenetModel());
  graph.nodes[0].bias[3] = 1e30f;
  EXPECT_THAT(Build(graph).status().message(),
              HasSubstr("output channel 3: bias of"));
}

}  // namespace
}  // namespace lockstep::quant
