#include "quant/round_weights.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "data/sample_path.h"
#include "gtest/gtest.h"
#include "quant/calibrate.h"
#include "quant/fake_quant.h"
#include "quant/float_engine.h"
#include "quant/onnx_reader.h"
#include "quant/quantize_graph.h"
#include "quant/quantize_net.h"
#include "quant/testing_models.h"

namespace lockstep::quant {
namespace {

// A net, images, and its weights rounded to the nearest.
struct Example {
  explicit Example(const onnx::ModelProto& model, size_t count = 48)
      : folded(*FoldBatchNorm(ReadOnnx(model.SerializeAsString())->graph)),
        images(*ReadCifar10(SampleDataPath(), Split::kTrain, count)),
        nearest(QuantizeGraph(folded,
                              *CalibrateMinMax(FloatEngine(folded), images,
                                               Normalization(), {1, 8}),
                              Normalization(), Dialect::kFused)) {}

  QuantizedGraph Rounded(const ImageSet& set,
                         const Parallelism& parallelism) const {
    QuantizedGraph graph = nearest;
    RoundForOutputs(folded, set, Normalization(), parallelism, graph);
    return graph;
  }

  FloatGraph folded;
  ImageSet images;
  QuantizedGraph nearest;
};

// Sum of squared errors of the logits over other images than those looked at,
// with rounded weights and biases and nothing else.
double LogitError(const Example& example, const QuantizedGraph& graph) {
  const ImageSet test = *ReadCifar10(SampleDataPath(), Split::kTest, 64);
  Rounded weights = RoundAll(graph);
  weights.values.assign(weights.values.size(), false);
  QuantizedNet net;
  net.folded = example.folded;
  net.quantized = graph;
  const auto run = [&](const Rounded& rounded) {
    return RunFakeQuant({net, rounded}, test, "test", {1, 16});
  };
  const std::vector<float> right = run(RoundNone(graph)), got = run(weights);
  double error = 0;
  for (size_t i = 0; i < got.size(); ++i)
    error += std::pow(double{got[i]} - right[i], 2);
  return error;
}

TEST(RoundForOutputs, OutputsChangeLessOnImagesItHasNotSeen) {
  for (const auto& model : {LenetModel(), ResnetModel({1, 1, 1}, 16)}) {
    const Example example(model);
    EXPECT_LT(LogitError(example, example.Rounded(example.images, {1, 8})),
              LogitError(example, example.nearest));
  }
}

TEST(RoundForOutputs, MovesEachWeightToOneOfItsNeighbours) {
  const Example example(LenetModel());
  const QuantizedGraph graph = example.Rounded(example.images, {1, 8});
  size_t moved = 0;
  for (size_t i = 0; i < graph.weights.size(); ++i) {
    EXPECT_EQ(graph.weights[i].scale, example.nearest.weights[i].scale);
    for (size_t w = 0; w < graph.weights[i].values.size(); ++w) {
      const int distance = std::abs(graph.weights[i].values[w] -
                                    example.nearest.weights[i].values[w]);
      EXPECT_LE(distance, 1);
      EXPECT_GE(graph.weights[i].values[w], -127);
      moved += distance;
    }
  }
  EXPECT_GT(moved, 100);
}

TEST(RoundForOutputs, TheGraphsFloatsAreWhatItsIntegersStandFor) {
  const Example example(LenetModel());
  const QuantizedGraph graph = example.Rounded(example.images, {1, 8});
  for (size_t i = 0; i < graph.weights.size(); ++i) {
    const QuantizedWeights& w = graph.weights[i];
    const FloatNode& node = graph.graph.nodes[i];
    for (size_t k = 0; k < w.values.size(); ++k)
      ASSERT_EQ(node.weights[k],
                w.values[k] * w.scale[k / (w.values.size() / w.scale.size())]);
  }
}

ImageSet Reversed(const ImageSet& images) {
  ImageSet reversed;
  for (size_t i = images.size(); i-- > 0;) {
    reversed.labels.push_back(images.labels[i]);
    reversed.pixels.insert(reversed.pixels.end(), images.image(i),
                           images.image(i) + kCifarPixels);
  }
  return reversed;
}

TEST(RoundForOutputs, SameBytesForAnyOrderBatchAndThreads) {
  const Example example(ResnetModel({1, 1}, 8));
  const QuantizedGraph expected = example.Rounded(example.images, {1, 48});
  for (const Parallelism& p :
       {Parallelism{1, 1}, Parallelism{3, 5}, Parallelism{4, 16}}) {
    const QuantizedGraph got = example.Rounded(Reversed(example.images), p);
    for (size_t i = 0; i < got.weights.size(); ++i) {
      EXPECT_EQ(got.weights[i].values, expected.weights[i].values);
      EXPECT_EQ(got.weights[i].bias, expected.weights[i].bias);
    }
  }
}

}  // namespace
}  // namespace lockstep::quant
