#include "quant/integer_graph.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/onnx_reader.h"
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
absl::StatusOr<IntegerGraph> Build(const FloatGraph& graph, float max = 4) {
  const std::vector<Range> ranges(graph.shapes.size(), {-max, max});
  return BuildIntegerGraph(graph, ranges, Normalization());
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
  EXPECT_TRUE(BuildIntegerGraph(graph, ranges, Normalization()).ok());
}

// The refusal of a net that ends in Gemm of what `value` is.
absl::Status Refusal(TestingModel& model, const std::string& value,
                     int channels) {
  const std::string pooled =
      model.Flatten(model.Node("GlobalAveragePool", {value}));
  return Build(Folded(model.Finish(model.Gemm(pooled, channels, 10)))).status();
}

TEST(BuildIntegerGraph, NamesNodesWithoutAnIntegerForm) {
  TestingModel no_relu;
  const auto pooled =
      no_relu.MaxPool(no_relu.Conv("input", 3, 4, 3, 1, 1), 2, 2);
  const absl::Status unstored = Refusal(no_relu, pooled, 4);
  EXPECT_TRUE(absl::IsUnimplemented(unstored));
  EXPECT_THAT(unstored.message(), HasSubstr("node 'Conv1' (Conv): is read by "
                                            "node 'MaxPool"));

  TestingModel input_pooled;
  EXPECT_THAT(
      Refusal(input_pooled, input_pooled.MaxPool("input", 2, 2), 3).message(),
      HasSubstr("only a Conv can read the input"));

  TestingModel added;
  const auto conv = added.Conv("input", 3, 4, 3, 1, 1);
  const auto relu = added.Node("Relu", {conv});
  const auto pool = added.MaxPool(relu, 1, 1);
  const auto sum = added.Node("Relu", {added.Node("Add", {relu, pool})});
  EXPECT_THAT(Refusal(added, sum, 4).message(),
              HasSubstr("one input must be a Conv"));

  TestingModel shared;
  const auto twice = shared.Conv("input", 3, 4, 3, 1, 1);
  const auto both = shared.Node("Add", {twice, shared.Node("Relu", {twice})});
  EXPECT_THAT(Refusal(shared, shared.Node("Relu", {both}), 4).message(),
              HasSubstr("that nothing else reads"));

  TestingModel relu_last;
  const auto gemm = relu_last.Gemm(relu_last.Flatten("input"), 3072, 10);
  EXPECT_THAT(Build(Folded(relu_last.Finish(relu_last.Node("Relu", {gemm}))))
                  .status()
                  .message(),
              HasSubstr("must end in a Gemm"));
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
