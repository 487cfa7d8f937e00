#include "quant/fake_quant.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "data/sample_path.h"
#include "gtest/gtest.h"
#include "quant/normalize.h"
#include "quant/quantize_conv.h"
#include "quant/reference_engine.h"
#include "quant/testing_models.h"
#include "quant/testing_nets.h"
#include "quant/testing_quantized.h"

namespace lockstep::quant {
namespace {

ImageSet TestImages(size_t count) {
  return *ReadCifar10(SampleDataPath(), Split::kTest, count);
}

std::vector<float> Fake(const QuantizedNet& net, const Rounded& rounded,
                        const ImageSet& images) {
  return RunFakeQuant({net, rounded}, images, "test", {2, 3});
}

std::vector<double> EngineLogits(const IntegerGraph& graph,
                                 const ImageSet& images) {
  std::vector<int32_t> steps(images.size() * kCifarClasses);
  ReferenceEngine(graph).Run(images.image(0), images.size(), steps.data());
  std::vector<double> logits;
  for (int32_t step : steps) logits.push_back(graph.logit_scale * step);
  return logits;
}

// The net's output for each image, by nested loops in double, from the values
// 0 that `input` makes of an image.
template <typename Input>
std::vector<double> Naively(const FloatGraph& graph, const ImageSet& images,
                            const Input& input,
                            const EditValue& edit = nullptr) {
  std::vector<double> logits;
  for (size_t i = 0; i < images.size(); ++i) {
    const auto output = RunNaively(graph, input(i), edit)[graph.output];
    logits.insert(logits.end(), output.begin(), output.end());
  }
  return logits;
}

void ExpectNear(const std::vector<float>& actual,
                const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(actual[i], expected[i], tolerance) << i;
}

double Largest(const std::vector<double>& values) {
  double largest = 0;
  for (double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

// Pixel bytes minus zero points, in steps of the scale.
std::vector<float> Decoded(const InputEncoding& input, const uint8_t* pixels) {
  std::vector<float> values;
  for (size_t i = 0; i < kCifarPixels; ++i)
    values.push_back(input.scale * (pixels[i] - input.zero_point[i / 1024]));
  return values;
}

// All codes are equal (ExactQuantized), so a logit of the engine is off by the
// half step that it rounds by and the 2^-33 of its multiplier; that of the
// floats by the last matrix, K <= 84 products of at most 126 / 512 * 4 < 1
// each, K^2 * 2^-24 in all.
TEST(FakeQuant, EverythingRoundedIsTheIntegerEngine) {
  const ImageSet images = TestImages(7);
  for (const auto& model :
       {LenetModel(), ResnetModel({2, 1}, 8), ResidualFormsModel()}) {
    const QuantizedNet net = QdqNet(ExactQuantized(model));
    const auto logits = Fake(net, RoundAll(*net.quantized), images);
    const double floats = 84 * 84 * std::ldexp(1, -24);
    ExpectNear(logits, EngineLogits(net.integer, images),
               0.501 * net.integer.logit_scale + floats);
    std::vector<double> naive;
    for (size_t i = 0; i < images.size(); ++i) {
      const auto values = RunQuantized(*net.quantized, images.image(i));
      const auto& output = values[net.quantized->graph.output];
      naive.insert(naive.end(), output.begin(), output.end());
    }
    ExpectNear(logits, naive, floats);
    EXPECT_GT(Largest(naive), 100 * floats);
  }
}

// Sums of at most 400 terms a layer, five layers: relative errors of 1e-4 at
// the very most.
constexpr double kRelative = 1e-4;

TEST(FakeQuant, NothingRoundedIsTheFloatNet) {
  const ImageSet images = TestImages(4);
  for (const auto& model : {LenetModel(), LenetModel(2)}) {  // no padding
    const QuantizedNet net = FloatNet(model);
    const auto expected = Naively(*net.folded, images, [&](size_t i) {
      return NormalizeImages(images, i, i + 1, Normalization());
    });
    ExpectNear(Fake(net, RoundNone(*net.quantized), images), expected,
               kRelative * Largest(expected));
  }
}

TEST(FakeQuant, RoundsTheWeightsThatItIsTold) {
  const ImageSet images = TestImages(4);
  const QuantizedNet net = FloatNet(LenetModel());
  const QuantizedGraph& graph = *net.quantized;
  for (size_t only : {size_t{0}, size_t{3}, graph.graph.nodes.size() - 1}) {
    ASSERT_EQ(graph.graph.nodes[only].op, Op::kConv);
    FloatGraph expected = *net.folded;
    expected.nodes[0] = FoldNormalization(expected.nodes[0], net.normalization,
                                          graph.input.zero_point);
    expected.nodes[only].weights = graph.graph.nodes[only].weights;
    Rounded rounded = RoundNone(graph);
    rounded.weights[only] = true;
    const auto logits = Naively(expected, images, [&](size_t i) {
      return Decoded(graph.input, images.image(i));
    });
    ExpectNear(Fake(net, rounded, images), logits, kRelative * Largest(logits));
  }
}

// ONNX Runtime's quantizer removes a ReLU where zero point 0 does its work.
TEST(FakeQuant, ARemovedReluIsDoneBeforeRoundingIsTurnedOff) {
  const ImageSet images = TestImages(3);
  QuantizedGraph graph = ExactQuantized(LenetModel());
  QuantizedGraph without = graph;
  for (FloatNode& node : without.graph.nodes)
    if (node.op == Op::kRelu) {  // as nothing: a pool of one pixel
      node.op = Op::kMaxPool;
      node.window = Window();
      without.encodings[node.inputs[0]] = {1.0f / 64, 0};
    }
  const QuantizedNet with = QdqNet(std::move(graph));
  const QuantizedNet removed = QdqNet(std::move(without));
  const auto expected = Naively(with.quantized->graph, images, [&](size_t i) {
    return Decoded(with.quantized->input, images.image(i));
  });
  const double tolerance = kRelative * Largest(expected);
  ExpectNear(Fake(with, RoundNone(*with.quantized), images), expected,
             tolerance);
  ExpectNear(Fake(removed, RoundNone(*removed.quantized), images), expected,
             tolerance);
}

TEST(FakeQuant, LogitsDependOnNeitherBatchNorThreads) {
  const ImageSet images = TestImages(9);
  const QuantizedNet net = FloatNet(ResnetModel({1, 1}, 4));
  const FakeQuantEngine engine(net, RoundAll(*net.quantized));
  const auto expected = RunFakeQuant(engine, images, "test", {1, 9});
  EXPECT_EQ(RunFakeQuant(engine, images, "test", {3, 2}), expected);
}

// What stores each convolution's sum, as "maker of the stored value", by the
// numbers of their nodes.
std::vector<std::pair<int, int>> Stores(const QuantizedGraph& graph) {
  std::vector<std::pair<int, int>> pairs;
  for (int value : Convolutions(graph))
    pairs.push_back({value, StoredAfter(graph, value)});
  return pairs;
}

using Pairs = std::vector<std::pair<int, int>>;

// Values: 1 conv, 2 relu, 3 pool, 4 conv, 5 relu, 6 pool, 7 matrix, 8 relu, 9
// matrix, 10 relu, 11 matrix.
TEST(StoredAfter, ALayersRelu) {
  EXPECT_EQ(Stores(*FloatNet(LenetModel()).quantized),
            (Pairs{{1, 2}, {4, 5}, {7, 8}, {9, 10}, {11, -1}}));
}

// Values: 1 conv, 2 relu; a block 3 conv, 4 relu, 5 conv, 6 add, 7 relu; one
// with a shortcut 8 conv, 9 relu, 10 conv, 11 conv, 12 add, 13 relu; 14 mean,
// 15 matrix.
TEST(StoredAfter, AnAddsReluOrTheTermItself) {
  const auto model = ResnetModel({1, 1}, 4);
  EXPECT_EQ(
      Stores(*FloatNet(model).quantized),
      (Pairs{{1, 2}, {3, 4}, {5, 7}, {8, 9}, {10, 13}, {11, 13}, {15, -1}}));
  EXPECT_EQ(
      Stores(*FloatNet(model, 5, Dialect::kOrt).quantized),
      (Pairs{{1, 2}, {3, 4}, {5, 5}, {8, 9}, {10, 10}, {11, 11}, {15, -1}}));
}

// Values: 1 conv, read twice and so stored itself, 2 relu, 3 add, 4 pool, 5
// add, 6 conv, which a pool reads, ..., 10 matrix, 11 relu.
TEST(StoredAfter, SignedValuesStoreThemselves) {
  EXPECT_EQ(Stores(*FloatNet(SignedValuesModel()).quantized),
            (Pairs{{1, 1}, {6, 6}, {10, 11}}));
}

}  // namespace
}  // namespace lockstep::quant
