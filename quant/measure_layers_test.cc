#include "quant/measure_layers.h"

#include <algorithm>
#include <cmath>

#include "data/sample_path.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

constexpr float kScale = 1 / 64.0f;

// relu(x), of which the integer net has round(relu(x) / kScale).
FloatGraph Relu() {
  FloatGraph graph = EmptyGraph({3, 32, 32});
  FloatNode node;
  node.name = "relu";
  node.inputs = {0};
  graph.output = *AppendNode(node, graph);
  return graph;
}

// With this normalisation a float is the pixel itself / 255, so that the codes
// that a perfect integer net has are known.
const Normalization kPlain = {{0, 0, 0}, {1, 1, 1}};

uint8_t CodeOf(uint8_t pixel) { return std::lround(pixel / 255.0 / kScale); }

// Value 1: the codes, pixel by pixel; value 2 is not stored in 8 bits.
void RunInt8(const uint8_t* pixels, size_t images, const Observer& observer) {
  IntegerTensor tensor;
  for (size_t image = 0; image < images; ++image)
    for (int pixel = 0; pixel < 1024; ++pixel)
      for (int c = 0; c < 3; ++c)
        tensor.u8.push_back(CodeOf(pixels[image * 3072 + c * 1024 + pixel]));
  observer(1, tensor);
  observer(2, {{}, {1, 2, 3}});
}

std::vector<LayerMeasurement> Measure(const ImageSet& images, int threads,
                                      size_t batch) {
  return MeasureLayers({{"relu", 1, 1, {kScale, 0}}}, FloatEngine(Relu()),
                       RunInt8, kPlain, images, {threads, batch});
}

TEST(MeasureLayers, ComparesPixelWithPixel) {
  const auto images = ReadCifar10(SampleDataPath(), Split::kTest, 7);
  ASSERT_TRUE(images.ok()) << images.status();
  const auto measured = Measure(*images, 1, 8);
  ASSERT_EQ(measured.size(), 1);
  EXPECT_EQ(measured[0].layer, "relu");
  const LayerErrors& errors = measured[0].errors;
  EXPECT_EQ(errors.count(), 7 * 3072);
  // Rounding alone: its error is at most half a step.
  double squares = 0;
  for (const uint8_t pixel : images->pixels)
    squares += std::pow(pixel / 255.0, 2);
  EXPECT_GT(errors.SqnrDb(),
            10 * std::log10(squares / (7 * 3072 * kScale * kScale / 4)));
  EXPECT_GT(errors.Cosine(), 0.9999);
  EXPECT_EQ(errors.saturated(), 0);
  std::vector<int64_t> counts(256);
  for (const uint8_t pixel : images->pixels) ++counts[CodeOf(pixel)];
  EXPECT_EQ(measured[0].activations.counts, counts);
}

TEST(MeasureLayers, SameBitsForAnyBatchAndThreads) {
  const auto images = ReadCifar10(SampleDataPath(), Split::kTest, 11);
  ASSERT_TRUE(images.ok()) << images.status();
  const auto expected = Measure(*images, 1, 11);
  for (const auto& [threads, batch] : {std::pair{1, 1}, {3, 2}, {4, 1}}) {
    const auto measured = Measure(*images, threads, batch);
    EXPECT_EQ(measured[0].errors.SqnrDb(), expected[0].errors.SqnrDb());
    EXPECT_EQ(measured[0].errors.Cosine(), expected[0].errors.Cosine());
    EXPECT_EQ(measured[0].activations.counts, expected[0].activations.counts);
  }
}

TEST(AddActivations, JoinsByName) {
  std::vector<LayerHistograms> histograms(2);
  histograms[0].layer = "a";
  histograms[1].layer = "b";
  AddActivations({{"b", {}, {0, 1, {5}}}, {"pool", {}, {0, 1, {6}}}},
                 histograms);
  EXPECT_TRUE(histograms[0].activations.counts.empty());
  EXPECT_EQ(histograms[1].activations.counts, std::vector<int64_t>{5});
}

}  // namespace
}  // namespace lockstep::quant
