#include "quant/stages.h"

#include <cmath>
#include <limits>

#include "data/sample_path.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/cpu.h"
#include "quant/fake_quant.h"
#include "quant/testing_models.h"
#include "quant/testing_nets.h"
#include "quant/testing_quantized.h"

namespace lockstep::quant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Parallelism kWay = {2, 4};

ImageSet TestImages(size_t count = 12) {
  return *ReadCifar10(SampleDataPath(), Split::kTest, count);
}

Evaluation Evaluated(const QuantizedNet& net, const ImageSet& images) {
  return Evaluate(net, images, *ChooseEngine("auto", ThisCpu()), kWay);
}

template <typename Rows>
std::vector<std::string> Names(const Rows& rows) {
  std::vector<std::string> names;
  for (const auto& row : rows) {
    if constexpr (std::is_same_v<Rows, std::vector<StageRow>>)
      names.push_back(row.name);
    else
      names.push_back(row.layer);
  }
  return names;
}

// `row` says of the logits that `rounded` gives.
template <typename Row>
void ExpectRowOf(const Row& row, const QuantizedNet& net,
                 const ImageSet& images, const std::vector<float>& fp32,
                 const Rounded& rounded) {
  const auto logits = RunFakeQuant({net, rounded}, images, "test", kWay);
  EXPECT_EQ(row.logit_error_db, ErrorDb(fp32, logits));
  EXPECT_EQ(row.accuracy.images, images.size());
  const PairedAccuracy accuracy =
      CompareInPairs(images.labels, Classes(fp32), Classes(logits));
  EXPECT_EQ(row.accuracy.after_correct, accuracy.after_correct);
  EXPECT_EQ(row.accuracy.agree, accuracy.agree);
}

TEST(Stages, EachRoundsMore) {
  const ImageSet images = TestImages();
  const QuantizedNet net = FloatNet(ResnetModel({1, 1}, 8));
  const QuantizedGraph& graph = *net.quantized;
  const Evaluation e = Evaluated(net, images);
  const std::string layer = graph.graph.nodes[2].name;
  ASSERT_EQ(StoredAfter(graph, 3), 4);
  const auto rows = RunStages(net, images, e, {layer}, kWay);
  ASSERT_THAT(Names(rows),
              ElementsAre("fp32", "int8 weights", "+ int8 activations",
                          "+ int32 biases", "integers only (the engine)",
                          "weights only: " + layer));
  EXPECT_EQ(rows[0].logit_error_db, std::numeric_limits<double>::infinity());
  EXPECT_EQ(rows[0].accuracy.agree, images.size());
  Rounded rounded = RoundNone(graph);
  rounded.weights = RoundAll(graph).weights;
  ExpectRowOf(rows[1], net, images, e.fp32_logits, rounded);
  rounded.values = RoundAll(graph).values;
  ExpectRowOf(rows[2], net, images, e.fp32_logits, rounded);
  ExpectRowOf(rows[3], net, images, e.fp32_logits, RoundAll(graph));
  EXPECT_EQ(rows[4].logit_error_db, e.logit_error_db);
  EXPECT_EQ(rows[4].accuracy.after_correct, e.accuracy.after_correct);
  rounded = RoundAll(graph);
  rounded.values[4] = false;
  ExpectRowOf(rows[5], net, images, e.fp32_logits, rounded);
}

// The weights of a QDQ model are rounded from the start. On this net no
// rounding of the floats differs from the engine's (testing_quantized.h), so
// that the two last rows differ by the half step of the engine's logits: as
// noise of that size beside what the rows measure.
TEST(Stages, EverythingRoundedIsTheEngine) {
  const ImageSet images = TestImages();
  const QuantizedNet net = QdqNet(ExactQuantized(LenetModel()));
  const Evaluation e = Evaluated(net, images);
  const auto rows = RunStages(net, images, e, {}, kWay);
  ASSERT_THAT(Names(rows),
              ElementsAre(kRoundedWeights, "+ int8 activations",
                          "+ int32 biases", "integers only (the engine)"));
  double noise = 0;
  for (size_t i = 0; i < e.fp32_logits.size(); ++i)
    noise += std::pow(e.fp32_logits[i] - e.int8_logits[i], 2);
  const double step =
      net.integer.logit_scale / 2 * std::sqrt(e.fp32_logits.size());
  const double db = 20 * std::log10(1 + 1.01 * step / std::sqrt(noise));
  EXPECT_LT(db, 0.1);  // what the bound is worth
  EXPECT_EQ(rows[1].logit_error_db, rows[2].logit_error_db);
  EXPECT_NEAR(rows[2].logit_error_db, rows[3].logit_error_db, db);
  EXPECT_EQ(rows[2].accuracy.after_correct, rows[3].accuracy.after_correct);
}

TEST(Sensitivity, ARowALayerInTheNetsOrder) {
  const ImageSet images = TestImages();
  for (const bool qdq : {false, true}) {
    const QuantizedNet net =
        qdq ? QdqNet(ExactQuantized(ResnetModel({1, 1}, 4)))
            : FloatNet(ResnetModel({1, 1}, 4));
    const QuantizedGraph& graph = *net.quantized;
    const auto rows = RankLayers(net, images, 5, kWay);
    const ImageSet first = SomeImages(images, 0, 5);
    const auto fp32 =
        RunFakeQuant({net, RoundNone(graph)}, first, "test", kWay);
    // Values of the convolutions, and of what stores them.
    const int layers[][2] = {{1, 2},   {3, 4},   {5, 7},  {8, 9},
                             {10, 13}, {11, 13}, {15, -1}};
    ASSERT_EQ(rows.size(), std::size(layers));
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto [conv, stored] = layers[i];
      EXPECT_EQ(rows[i].layer, graph.graph.nodes[conv - 1].name);
      Rounded rounded = RoundNone(graph);
      rounded.weights[conv - 1] = rounded.biases[conv - 1] = true;
      if (stored > 0) rounded.values[stored] = true;
      ExpectRowOf(rows[i], net, first, fp32, rounded);
    }
  }
}

TEST(Sensitivity, MoreImagesThanThereAre) {
  const ImageSet images = TestImages(3);
  const auto rows = RankLayers(FloatNet(LenetModel()), images, 100, kWay);
  ASSERT_EQ(rows.size(), 5);
  EXPECT_EQ(rows[0].accuracy.images, 3);
}

TEST(CheckLayers, NamesTheLayersThatThereAre) {
  const QuantizedGraph graph = *FloatNet(LenetModel(), 2).quantized;
  const std::string first = graph.graph.nodes[0].name;
  const std::string relu = graph.graph.nodes[1].name;
  EXPECT_TRUE(CheckLayers(graph, {}).ok());
  EXPECT_TRUE(CheckLayers(graph, {first, graph.graph.nodes[10].name}).ok());
  const absl::Status status = CheckLayers(graph, {first, relu});
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("no layer '" + relu + "'; there are " + first + ", "));
}

}  // namespace
}  // namespace lockstep::quant
