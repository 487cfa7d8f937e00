#include "quant/qdq_export.h"

#include <cmath>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/integer_graph.h"
#include "quant/onnx_reader.h"
#include "quant/testing_models.h"

namespace lockstep::quant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

FloatGraph Folded(const onnx::ModelProto& model) {
  const auto read = ReadOnnx(model.SerializeAsString());
  EXPECT_TRUE(read.ok()) << read.status();
  const auto folded = FoldBatchNorm(read->graph);
  EXPECT_TRUE(folded.ok()) << folded.status();
  return *folded;
}

// Every value in [-2, 4].
std::vector<Range> Ranges(const FloatGraph& graph) {
  return std::vector<Range>(graph.shapes.size(), {-2, 4});
}

// A written model, and who makes and reads what in it.
class Written {
 public:
  explicit Written(const FloatGraph& graph) {
    auto made = QdqModel(graph, Ranges(graph), Normalization());
    EXPECT_TRUE(made.ok()) << made.status();
    model = *std::move(made);
    for (const onnx::NodeProto& node : model.graph().node()) {
      for (const std::string& input : node.input())
        EXPECT_EQ(
            makers.count(input) + tensors().count(input) + (input == "pixels"),
            1)
            << input << " is not made before it is read";
      EXPECT_TRUE(makers.emplace(node.output(0), &node).second);
      for (const std::string& input : node.input())
        readers[input].push_back(&node);
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
  const Written written(Folded(ResnetModel({2, 2, 2, 2}, 64)));
  // Stored: 17 ReLUs, 11 terms of Adds, the mean before and after Flatten.
  EXPECT_THAT(
      written.Counts(),
      UnorderedElementsAre(Pair("Conv", 20), Pair("Add", 8), Pair("Relu", 17),
                           Pair("GlobalAveragePool", 1), Pair("Flatten", 1),
                           Pair("Gemm", 1), Pair("QuantizeLinear", 30),
                           Pair("DequantizeLinear", 31 + 2 * 21)));
  EXPECT_EQ(written.model.graph().input(0).name(), "pixels");
  EXPECT_EQ(written.model.graph().output(0).name(), "logits");
}

TEST(QdqModel, EveryConvReadsAndMakesEightBits) {
  const Written written(Folded(ResnetModel({1, 1}, 8)));
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
    } else {  // [-2, 4] in 255 steps: 0 is step 85
      EXPECT_THAT(written.Elements<uint8_t>(next->input(2)), ElementsAre(85));
    }
    EXPECT_EQ(next->op_type(), "QuantizeLinear");
  }
}

TEST(QdqModel, WeightsAreThoseOfTheIntegerGraph) {
  const FloatGraph graph = Folded(ResnetModel({1, 1}, 8));
  const auto integer = BuildIntegerGraph(graph, Ranges(graph), Normalization());
  ASSERT_TRUE(integer.ok()) << integer.status();
  const Written written(graph);
  std::vector<const onnx::NodeProto*> convs = written.All("Conv");
  convs.push_back(written.All("Gemm")[0]);
  size_t compared = 0;
  for (const IntegerLayer& layer : integer->layers)
    for (const onnx::NodeProto* conv : convs) {
      if (conv->name().rfind(layer.name + "_", 0) != 0) continue;
      const size_t in = integer->shapes[layer.input].channels;
      const size_t taps = layer.window.kernel_h * layer.window.kernel_w;
      const auto actual =
          written.Elements<int8_t>(written.Dequantizer(*conv, 1).input(0));
      ASSERT_EQ(actual.size(), layer.weights.size());
      for (size_t i = 0; i < actual.size(); ++i) {
        const size_t tap = i % taps, c = i / taps % in, o = i / taps / in;
        ASSERT_EQ(actual[i], layer.weights[(o * taps + tap) * in + c])
            << layer.name << " " << i;
      }
      ++compared;
    }
  EXPECT_EQ(compared, convs.size());
}

// Sum over taps of (q - z) * w + b of the file, against the float net.
TEST(QdqModel, FirstLayerMeansTheSameInside) {
  const FloatGraph graph = Folded(ResnetModel({1}, 4));
  const Written written(graph);
  const onnx::NodeProto& conv = *written.All("Conv")[0];
  const onnx::NodeProto& weights = written.Dequantizer(conv, 1);
  const onnx::NodeProto& bias = written.Dequantizer(conv, 2);
  const auto zero =
      written.Elements<uint8_t>(written.Dequantizer(conv, 0).input(2));
  EXPECT_THAT(zero, ElementsAre(121));  // 255 * (0.4914 + 0.4822 + 0.4465) / 3
  const auto w = written.Elements<int8_t>(weights.input(0));
  const auto w_scale = written.Elements<float>(weights.input(1));
  const auto b = written.Elements<int32_t>(bias.input(0));
  const auto b_scale = written.Elements<float>(bias.input(1));
  const Normalization n;
  const std::vector<uint8_t> pixels = RandomPixels(27, 3);
  for (int c = 0; c < 4; ++c) {
    double expected = graph.nodes[0].bias[c], tolerance = 0;
    int64_t acc = b[c];
    for (int i = 0; i < 27; ++i) {
      expected += graph.nodes[0].weights[c * 27 + i] *
                  (pixels[i] / 255.0 - n.mean[i / 9]) / n.std[i / 9];
      acc += w[c * 27 + i] * (pixels[i] - zero[0]);
      tolerance += w_scale[c] / 2 * pixels[i];  // of the weights' rounding
    }
    EXPECT_NEAR(acc * b_scale[c], expected, tolerance) << c;
    EXPECT_FLOAT_EQ(b_scale[c], w_scale[c]);  // a pixel's scale is 1
  }
}

TEST(QdqModel, MatricesAreGemmsOverFlatTensors) {
  const Written written(Folded(LenetModel()));
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

TEST(QdqModel, AChannelWithNextToNoWeightsKeepsItsBias) {
  for (const float weight : {0.0f, 1e-20f, 1e-9f}) {
    FloatGraph graph = Folded(LenetModel());
    FloatNode& node = graph.nodes[0];
    const size_t count = node.weights.size() / node.bias.size();
    std::fill_n(node.weights.begin(), count, weight);
    node.bias[0] = 0.75f;
    const Written written(graph);
    const onnx::NodeProto& bias =
        written.Dequantizer(*written.All("Conv")[0], 2);
    const double actual = double{written.Elements<float>(bias.input(1))[0]} *
                          written.Elements<int32_t>(bias.input(0))[0];
    EXPECT_NEAR(actual, 0.75, 1e-5) << weight;
  }
}

TEST(QdqModel, RefusesWhatTheIntegerGraphRefuses) {
  TestingModel model;
  std::string value = model.Conv("input", 3, 4, 3, 1, 1);
  value = model.Node("GlobalAveragePool", {value});
  const FloatGraph graph =
      Folded(model.Finish(model.Gemm(model.Flatten(value), 4, 10)));
  const absl::Status status =
      QdqModel(graph, Ranges(graph), Normalization()).status();
  EXPECT_TRUE(absl::IsUnimplemented(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr("without a ReLU between"));
}

}  // namespace
}  // namespace lockstep::quant
