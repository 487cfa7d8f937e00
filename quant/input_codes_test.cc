#include "quant/input_codes.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

QuantizedGraph Graph(float scale, uint8_t zero_point) {
  QuantizedGraph graph;
  graph.input.scale = scale;
  graph.input.zero_point = {zero_point, zero_point, zero_point};
  graph.input.codes.resize(3 * 256);
  return graph;
}

TEST(FillInputCodes, LeavesANetOfBytesAlone) {
  QuantizedGraph graph;
  FillInputCodes(Normalization(), graph);
  EXPECT_THAT(graph.input.codes, ::testing::IsEmpty());
}

TEST(FillInputCodes, RoundsAndSaturates) {
  // x runs from -2 to 2 in 255 steps.
  const Normalization wide = {{0.5f, 0.5f, 0.5f}, {0.25f, 0.25f, 0.25f}};
  QuantizedGraph graph = Graph(1.0f / 64, 100);
  FillInputCodes(wide, graph);
  EXPECT_EQ(graph.input.codes[0], 0);      // -128 + 100
  EXPECT_EQ(graph.input.codes[127], 99);   // -0.5 goes to the even -0
  EXPECT_EQ(graph.input.codes[128], 101);  // 0.502
  EXPECT_EQ(graph.input.codes[255], 228);
  graph.input.scale = 1.0f / 128;
  FillInputCodes(wide, graph);
  EXPECT_EQ(graph.input.codes[255], 255);
}

TEST(FillInputCodes, EachChannelHasItsOwnTable) {
  const Normalization normalization;
  QuantizedGraph graph = Graph(0.02f, 114);
  FillInputCodes(normalization, graph);
  for (int c = 0; c < 3; ++c)
    for (int byte = 0; byte < 256; ++byte) {
      const double x =
          (byte / 255.0 - normalization.mean[c]) / normalization.std[c] / 0.02 +
          114;
      EXPECT_NEAR(graph.input.codes[c * 256 + byte], x, 0.5001);
    }
}

}  // namespace
}  // namespace lockstep::quant
