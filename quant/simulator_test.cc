#include "quant/simulator.h"

#include "gtest/gtest.h"
#include "quant/reference_engine.h"
#include "quant/testing_models.h"
#include "quant/testing_nets.h"

namespace lockstep::quant {
namespace {

constexpr size_t kClasses = 10;

void ExpectEqualLogits(const IntegerGraph& graph, const ImageSet& images) {
  std::vector<int32_t> expected(images.size() * kClasses);
  ReferenceEngine(graph).Run(images.image(0), images.size(), expected.data());
  std::vector<double> logits(expected.size());
  Simulator(graph).Run(images.image(0), images.size(), logits.data());
  EXPECT_EQ(logits, std::vector<double>(expected.begin(), expected.end()));
}

TEST(Simulator, EqualsTheReferenceEngine) {
  for (const auto& model : {LenetModel(), ResnetModel({3, 3, 3}, 8),
                            ResidualFormsModel(), SignedValuesModel()})
    for (const Dialect dialect : {Dialect::kFused, Dialect::kOrt}) {
      TestingNet net = MakeTestingNet(model, 12, dialect);
      ExpectEqualLogits(net.integer, net.images);
      for (size_t i = 0; i < 3 * 256; ++i)
        net.integer.input_codes.push_back(255 - i % 256);
      ExpectEqualLogits(net.integer, net.images);
    }
}

// Sums beyond 2^24 are added as doubles.
TEST(Simulator, EqualsTheReferenceEngineWhereSumsAreLarge) {
  TestingNet net = MakeTestingNet(ResnetModel({1, 1}, 64), 2);
  for (IntegerLayer& layer : net.integer.layers)
    for (int8_t& weight : layer.weights) weight = weight < 0 ? -127 : 127;
  ExpectEqualLogits(net.integer, net.images);
}

}  // namespace
}  // namespace lockstep::quant
