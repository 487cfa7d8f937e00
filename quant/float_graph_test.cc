#include "quant/float_graph.h"

#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/testing_models.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;

// A convolution of the input of `graph` with all weights 0.5.
FloatNode SomeConv(int in, int out, int kernel, int pad) {
  FloatNode node = {Op::kConv, "conv", {0}, {kernel, kernel, 1, 1}};
  node.window.pad_top = node.window.pad_left = pad;
  node.window.pad_bottom = node.window.pad_right = pad;
  node.weights.assign(size_t(out) * in * kernel * kernel, 0.5f);
  node.bias.assign(out, 1);
  return node;
}

FloatNode Affine(int input, std::vector<double> scale,
                 std::vector<double> shift) {
  return {Op::kAffine, "bn", {input}, {}, {}, {}, scale, shift};
}

TEST(AppendNode, ComputesShapes) {
  FloatGraph graph = EmptyGraph({3, 32, 32});
  FloatNode conv = SomeConv(3, 8, 3, 1);
  conv.window.stride_h = conv.window.stride_w = 2;
  ASSERT_EQ(*AppendNode(conv, graph), 1);
  EXPECT_EQ(graph.shapes[1].ToString(), "8x16x16");
  ASSERT_TRUE(
      AppendNode({Op::kMaxPool, "pool", {1}, {3, 3, 2, 2}}, graph).ok());
  EXPECT_EQ(graph.shapes[2].ToString(), "8x7x7");
  ASSERT_TRUE(AppendNode({Op::kGlobalAveragePool, "g", {2}, {}}, graph).ok());
  EXPECT_EQ(graph.shapes[3].ToString(), "8x1x1");
  EXPECT_EQ(CountMacs(graph), 8 * 16 * 16 * 27);
}

TEST(AppendNode, NamesWhatDoesNotFit) {
  FloatGraph graph = EmptyGraph({3, 4, 4});
  const auto message = [&](const FloatNode& node) {
    return std::string(AppendNode(node, graph).status().message());
  };
  EXPECT_EQ(message(SomeConv(3, 1, 5, 0)),
            "node 'conv' (Conv): a 5x5 window does not fit into 3x4x4");
  EXPECT_THAT(message(SomeConv(2, 1, 3, 1)), HasSubstr("do not fit"));
  EXPECT_THAT(message(SomeConv(3, 1, 3, 3)), HasSubstr("padding"));
  EXPECT_THAT(message({Op::kRelu, "r", {1}, {}}), HasSubstr("undefined"));
  EXPECT_THAT(message({Op::kAdd, "a", {0}, {}}), HasSubstr("1 inputs"));
  EXPECT_THAT(message(Affine(0, {1}, {0})), HasSubstr("1 scales"));
  FloatNode infinite = SomeConv(3, 1, 3, 1);
  infinite.weights[0] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(message(infinite), HasSubstr("not a finite"));
  EXPECT_TRUE(graph.nodes.empty());
}

TEST(AppendNode, RefusesToExhaustTheMachine) {
  FloatGraph graph = EmptyGraph({3, 32, 32});
  const FloatNode pool = {
      Op::kMaxPool, "p", {0}, {9000, 9000, 1, 1, 8999, 8999, 0, 0}};
  EXPECT_THAT(AppendNode(pool, graph).status().message(),
              HasSubstr("too large"));
  for (int i = 0; i < 5000; ++i)
    ASSERT_TRUE(AppendNode({Op::kRelu, "r", {i}, {}}, graph).ok());
  while (AppendNode({Op::kRelu, "r", {0}, {}}, graph).ok()) {
  }
  EXPECT_LE(graph.nodes.size(), 10000);
}

TEST(FoldBatchNorm, ComputesTheSame) {
  FloatGraph graph = EmptyGraph({3, 5, 5});
  ASSERT_TRUE(AppendNode(SomeConv(3, 2, 3, 1), graph).ok());
  ASSERT_TRUE(AppendNode(Affine(1, {2, -0.5}, {1, 3}), graph).ok());
  ASSERT_TRUE(AppendNode(Affine(2, {1, 4}, {0, 0.25}), graph).ok());
  ASSERT_TRUE(AppendNode({Op::kRelu, "r", {3}, {}}, graph).ok());
  const absl::StatusOr<FloatGraph> folded = FoldBatchNorm(graph);
  ASSERT_TRUE(folded.ok()) << folded.status();
  ASSERT_EQ(folded->nodes.size(), 2);
  std::vector<float> image;
  for (int i = 0; i < 75; ++i) image.push_back(std::sin(i));
  const std::vector<double> before = RunNaively(graph, image).back();
  const std::vector<double> after = RunNaively(*folded, image).back();
  for (size_t i = 0; i < before.size(); ++i)
    EXPECT_NEAR(before[i], after[i], 1e-5);
}

TEST(FoldBatchNorm, RefusesAffineThatFollowsSomethingElse) {
  FloatGraph graph = EmptyGraph({1, 4, 4});
  ASSERT_TRUE(AppendNode(Affine(0, {2}, {1}), graph).ok());
  const absl::Status first = FoldBatchNorm(graph).status();
  EXPECT_TRUE(absl::IsUnimplemented(first));
  EXPECT_THAT(first.message(), HasSubstr("node 'bn'"));

  graph = EmptyGraph({1, 4, 4});
  ASSERT_TRUE(AppendNode(SomeConv(1, 1, 1, 0), graph).ok());
  ASSERT_TRUE(AppendNode(Affine(1, {2}, {1}), graph).ok());
  ASSERT_TRUE(AppendNode({Op::kAdd, "a", {1, 2}, {}}, graph).ok());
  EXPECT_TRUE(absl::IsUnimplemented(FoldBatchNorm(graph).status()));
}

}  // namespace
}  // namespace lockstep::quant
