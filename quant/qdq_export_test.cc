#include "quant/qdq_export.h"

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/testing_models.h"
#include "quant/testing_quantized.h"

namespace lockstep::quant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// A written model, and who makes and reads what in it.
class Written {
 public:
  explicit Written(const QuantizedGraph& graph) {
    auto made = QdqModel(graph, {{"lockstep.mean", "0.5,0.5,0.5"}});
    EXPECT_TRUE(made.ok()) << made.status();
    model = *std::move(made);
    for (const onnx::NodeProto& node : model.graph().node()) {
      for (const std::string& input : node.input()) {
        EXPECT_EQ(
            makers.count(input) + tensors().count(input) + (input == "pixels"),
            1)
            << input << " is not made before it is read";
        readers[input].push_back(&node);
      }
      EXPECT_TRUE(makers.emplace(node.output(0), &node).second);
    }
  }

  std::map<std::string, const onnx::TensorProto*> tensors() const {
    std::map<std::string, const onnx::TensorProto*> found;
    for (const onnx::TensorProto& tensor : model.graph().initializer())
      found[tensor.name()] = &tensor;
    return found;
  }

  std::map<std::string, int> Counts() const {
    std::map<std::string, int> counts;
    for (const onnx::NodeProto& node : model.graph().node())
      ++counts[node.op_type()];
    return counts;
  }

  std::vector<const onnx::NodeProto*> All(const std::string& type) const {
    std::vector<const onnx::NodeProto*> found;
    for (const onnx::NodeProto& node : model.graph().node())
      if (node.op_type() == type) found.push_back(&node);
    return found;
  }

  template <typename T>
  std::vector<T> Elements(const std::string& name) const {
    const std::string& raw = tensors().at(name)->raw_data();
    std::vector<T> elements(raw.size() / sizeof(T));
    std::memcpy(elements.data(), raw.data(), raw.size());
    return elements;
  }

  // Of input `i` of `node`, which a DequantizeLinear makes.
  const onnx::NodeProto& Dequantizer(const onnx::NodeProto& node, int i) const {
    return *makers.at(node.input(i));
  }

  onnx::ModelProto model;
  std::map<std::string, const onnx::NodeProto*> makers;
  std::map<std::string, std::vector<const onnx::NodeProto*>> readers;
};

TEST(QdqModel, Resnet18HasTheNodesThatFuse) {
  const Written written(
      TestingQuantized(ResnetModel({2, 2, 2, 2}, 64), /*stores_terms=*/true));
  // Stored: 17 ReLUs, 11 terms of Adds, the mean before and after Flatten.
  EXPECT_THAT(
      written.Counts(),
      UnorderedElementsAre(Pair("Conv", 20), Pair("Add", 8), Pair("Relu", 17),
                           Pair("GlobalAveragePool", 1), Pair("Flatten", 1),
                           Pair("Gemm", 1), Pair("QuantizeLinear", 30),
                           Pair("DequantizeLinear", 31 + 2 * 21)));
  EXPECT_EQ(written.model.graph().input(0).name(), "pixels");
  EXPECT_EQ(written.model.graph().output(0).name(), "logits");
  EXPECT_EQ(written.model.metadata_props(0).value(), "0.5,0.5,0.5");
}

TEST(QdqModel, TheFusedDialectStoresOnlyWhatAReluMakes) {
  const Written written(
      TestingQuantized(ResnetModel({2, 2, 2, 2}, 64), /*stores_terms=*/false));
  const auto counts = written.Counts();
  EXPECT_EQ(counts.at("QuantizeLinear"), 17);
  EXPECT_EQ(counts.at("DequantizeLinear"), 18 + 2 * 21);
  for (const onnx::NodeProto* stored : written.All("QuantizeLinear"))
    EXPECT_EQ(written.makers.at(stored->input(0))->op_type(), "Relu");
}

TEST(QdqModel, EveryConvReadsAndMakesEightBits) {
  const Written written(TestingQuantized(ResnetModel({1, 1}, 8), true));
  for (const onnx::NodeProto* conv : written.All("Conv")) {
    for (int i : {0, 1, 2})
      EXPECT_EQ(written.Dequantizer(*conv, i).op_type(), "DequantizeLinear");
    const auto& readers = written.readers.at(conv->output(0));
    ASSERT_EQ(readers.size(), 1);
    const onnx::NodeProto* next = readers[0];
    if (next->op_type() == "Relu") {
      next = written.readers.at(next->output(0))[0];
      EXPECT_THAT(written.Elements<uint8_t>(next->input(2)), ElementsAre(0));
      EXPECT_THAT(written.Elements<float>(next->input(1)),
                  ElementsAre(4.0f / 255));
    } else {
      EXPECT_THAT(written.Elements<uint8_t>(next->input(2)), ElementsAre(85));
    }
    EXPECT_EQ(next->op_type(), "QuantizeLinear");
  }
}

TEST(QdqModel, ConstantsAreTheNumbersOfTheGraph) {
  const QuantizedGraph graph = TestingQuantized(ResnetModel({1}, 4), true);
  const Written written(graph);
  const onnx::NodeProto& conv = *written.All("Conv")[0];
  EXPECT_EQ(conv.name(), graph.graph.nodes[0].name);
  const onnx::NodeProto& weights = written.Dequantizer(conv, 1);
  const onnx::NodeProto& bias = written.Dequantizer(conv, 2);
  const QuantizedWeights& expected = graph.weights[0];
  EXPECT_EQ(written.Elements<int8_t>(weights.input(0)), expected.values);
  EXPECT_EQ(written.Elements<float>(weights.input(1)), expected.scale);
  EXPECT_EQ(written.Elements<int32_t>(bias.input(0)), expected.bias);
  EXPECT_EQ(written.Elements<float>(bias.input(1)), expected.bias_scale);
}

TEST(QdqModel, PixelsHaveOneZeroPointOrThree) {
  QuantizedGraph graph = TestingQuantized(LenetModel(), true);
  for (const bool same : {false, true}) {
    if (same) graph.input.zero_point = {7, 7, 7};
    const Written written(graph);
    const onnx::NodeProto& made =
        written.Dequantizer(*written.All("Conv")[0], 0);
    EXPECT_EQ(written.tensors().at(made.input(2))->dims_size(), same ? 0 : 1);
    EXPECT_EQ(made.attribute_size(), same ? 0 : 1);  // axis
    EXPECT_EQ(
        written.Elements<uint8_t>(made.input(2)),
        same ? std::vector<uint8_t>{7} : std::vector<uint8_t>({125, 123, 114}));
  }
}

TEST(QdqModel, MatricesAreGemmsOverFlatTensors) {
  const Written written(TestingQuantized(LenetModel(), true));
  EXPECT_THAT(written.Counts(),
              UnorderedElementsAre(Pair("Conv", 2), Pair("MaxPool", 2),
                                   Pair("Relu", 4), Pair("Flatten", 1),
                                   Pair("Gemm", 3), Pair("QuantizeLinear", 7),
                                   Pair("DequantizeLinear", 8 + 2 * 5)));
  for (const onnx::NodeProto* pool : written.All("MaxPool")) {
    // ONNX Runtime pools u8 where both sides have one scale.
    const onnx::NodeProto* after = written.readers.at(pool->output(0))[0];
    EXPECT_EQ(written.Elements<float>(after->input(1)),
              written.Elements<float>(written.Dequantizer(*pool, 0).input(1)));
  }
}

TEST(QdqModel, RefusesWhatItCannotSay) {
  QuantizedGraph graph = TestingQuantized(LenetModel(), true);
  graph.input.codes.resize(3 * 256);
  const absl::Status table = QdqModel(graph, {}).status();
  EXPECT_TRUE(absl::IsUnimplemented(table)) << table;
  EXPECT_THAT(table.message(), HasSubstr("table of their codes"));
  graph.input.codes.clear();
  graph.graph.nodes[1].op = Op::kAffine;
  const absl::Status affine = QdqModel(graph, {}).status();
  EXPECT_TRUE(absl::IsUnimplemented(affine)) << affine;
  EXPECT_THAT(affine.message(), HasSubstr(graph.graph.nodes[1].name));
}

}  // namespace
}  // namespace lockstep::quant
