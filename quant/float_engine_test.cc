#include "quant/float_engine.h"

#include <cmath>
#include <random>

#include "gtest/gtest.h"
#include "quant/aligned.h"
#include "quant/cpu.h"
#include "quant/testing_models.h"

namespace lockstep::quant {
namespace {

std::vector<float> RandomFloats(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float& value : values)
    value = static_cast<int32_t>(random()) / 2147483648.0f;
  return values;
}

struct ConvCase {
  Shape in;
  int out;
  Window window;
};

// Shapes by class: whole tiles, remainders of channels and pixels, stride with
// uneven padding, 1x1, the whole map.
const ConvCase kCases[] = {
    {{4, 16, 16}, 8, {3, 3, 1, 1, 1, 1, 1, 1}},
    {{3, 7, 9}, 5, {3, 3, 1, 1, 1, 1, 1, 1}},
    {{2, 8, 11}, 3, {5, 3, 2, 3, 0, 1, 2, 1}},
    {{6, 5, 5}, 7, {}},
    {{4, 6, 3}, 10, {6, 3}},
    {{1, 1, 1}, 1, {}},
};

FloatGraph ConvGraph(const ConvCase& c, uint32_t seed) {
  FloatGraph graph = EmptyGraph(c.in);
  FloatNode node = {Op::kConv, "conv", {0}, c.window};
  node.weights = RandomFloats(
      size_t(c.out) * c.in.channels * c.window.kernel_h * c.window.kernel_w,
      seed);
  node.bias = RandomFloats(c.out, seed + 1);
  EXPECT_TRUE(AppendNode(node, graph).ok());
  return graph;
}

TEST(FloatEngine, ConvEqualsNestedLoops) {
  for (const ConvCase& c : kCases) {
    const FloatGraph graph = ConvGraph(c, 7);
    const size_t images = 3, in = c.in.size(), out = graph.shapes[1].size();
    const std::vector<float> input = RandomFloats(images * in, 3);
    std::vector<float> output(images * out);
    FloatEngine(graph).Run(input.data(), images, output.data());
    for (size_t i = 0; i < images; ++i) {
      const std::vector<double> expected = RunNaively(
          graph, {input.begin() + i * in, input.begin() + (i + 1) * in})[1];
      // K roundings of sums below K, K <= 64 here.
      for (size_t j = 0; j < out; ++j)
        EXPECT_NEAR(output[i * out + j], expected[j], 1e-4)
            << c.in.ToString() << " element " << j;
    }
  }
}

TEST(FloatEngine, OtherNodesEqualNestedLoops) {
  FloatGraph graph = EmptyGraph({3, 9, 8});
  ASSERT_TRUE(AppendNode({Op::kRelu, "r", {0}, {}}, graph).ok());
  ASSERT_TRUE(AppendNode({Op::kAdd, "a", {0, 1}, {}}, graph).ok());
  ASSERT_TRUE(
      AppendNode({Op::kMaxPool, "p", {2}, {3, 3, 2, 2, 1, 1, 1, 1}}, graph)
          .ok());
  ASSERT_TRUE(
      AppendNode({Op::kAveragePool, "m", {3}, {2, 3, 1, 2, 1, 0, 0, 2}}, graph)
          .ok());
  ASSERT_TRUE(AppendNode({Op::kGlobalAveragePool, "g", {4}, {}}, graph).ok());
  const std::vector<float> input = RandomFloats(2 * 216, 5);
  const auto expected = RunNaively(graph, {input.begin() + 216, input.end()});
  std::vector<float> output(6);
  int seen = 0;
  FloatEngine(graph).Run(input.data(), 2, output.data(),
                         [&](int value, const float* data, size_t count) {
                           EXPECT_EQ(value, seen++);
                           const size_t size = count / 2;
                           ASSERT_EQ(size, expected[value].size());
                           for (size_t i = 0; i < size; ++i)
                             EXPECT_NEAR(data[size + i], expected[value][i],
                                         1e-6);
                         });
  EXPECT_EQ(seen, 6);
}

TEST(FloatEngine, BitsDoNotDependOnTheBatch) {
  const FloatGraph graph = ConvGraph(kCases[1], 9);
  const FloatEngine engine(graph);
  const size_t images = 7, in = graph.shapes[0].size(),
               out = graph.shapes[1].size();
  const std::vector<float> input = RandomFloats(images * in, 1);
  std::vector<float> together(images * out), alone(images * out);
  engine.Run(input.data(), images, together.data());
  for (size_t i = 0; i < images; ++i)
    engine.Run(&input[i * in], 1, &alone[i * out]);
  EXPECT_EQ(together, alone);
}

TEST(FloatTile, BitsDoNotDependOnTheVectorWidth) {
  if (!ThisCpu().avx2) GTEST_SKIP() << "this CPU has no AVX2";
  for (size_t k : {0, 1, 27, 576}) {
    const std::vector<float> weights = RandomFloats(kTileRows * k, k);
    const std::vector<float> bias = RandomFloats(kTileRows, k + 1);
    const std::vector<float> values = RandomFloats(k * kTilePixels, k + 2);
    AlignedBuffer<float> panel(values.size() + kTilePixels, 32);
    std::copy(values.begin(), values.end(), panel.data());
    constexpr size_t kSize = kTileRows * kTilePixels;
    AlignedBuffer<float> narrow(kSize, 32), wide(kSize, 32);
    FloatTile(weights.data(), bias.data(), panel.data(), k, narrow.data(),
              false);
    FloatTile(weights.data(), bias.data(), panel.data(), k, wide.data(), true);
    for (size_t i = 0; i < kSize; ++i)
      EXPECT_EQ(narrow.data()[i], wide.data()[i]) << "k " << k;
  }
}

}  // namespace
}  // namespace lockstep::quant
