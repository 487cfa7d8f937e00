#include "quant/qdq_nodes.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "data/cifar10.h"
#include "data/sample_path.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/input_codes.h"
#include "quant/onnx_reader.h"
#include "quant/qdq_export.h"
#include "quant/quantize_graph.h"
#include "quant/testing_models.h"
#include "quant/testing_quantized.h"
#include "tools/cli/file.h"

namespace lockstep::quant {
namespace {

using onnx::TensorProto;
using ::testing::HasSubstr;

absl::StatusOr<OnnxModel> Read(const onnx::ModelProto& model) {
  return ReadOnnx(model.SerializeAsString());
}

onnx::ModelProto Written(const QuantizedGraph& graph) {
  const auto model = QdqModel(graph, {{"who", "test"}});
  EXPECT_TRUE(model.ok()) << model.status();
  return *model;
}

void ExpectRoundTrip(const onnx::ModelProto& model) {
  for (const bool stores_terms : {false, true}) {
    const QuantizedGraph graph = TestingQuantized(model, stores_terms);
    const auto read = Read(Written(graph));
    ASSERT_TRUE(read.ok()) << read.status();
    ASSERT_TRUE(read->quantized);
    ExpectSame(*read->quantized, graph);
    EXPECT_EQ(read->metadata.at("who"), "test");
  }
}

TEST(QdqNodes, ReadsWhatIsWritten) {
  ExpectRoundTrip(LenetModel());
  ExpectRoundTrip(ResnetModel({1, 1}, 8));
  ExpectRoundTrip(ResidualFormsModel());
}

// What calibration makes, in both dialects.
TEST(QdqNodes, QuantizedNetsAreReadAsTheSameBits) {
  for (const auto& model : {LenetModel(), ResnetModel({1, 1}, 8),
                            ResidualFormsModel(), SignedValuesModel()})
    for (const Dialect dialect : {Dialect::kOrt, Dialect::kFused}) {
      const FloatGraph folded = *FoldBatchNorm(Read(model)->graph);
      const QuantizedGraph graph = QuantizeGraph(
          folded, std::vector<Range>(folded.shapes.size(), {-2, 4}),
          Normalization(), dialect);
      const auto read = Read(Written(graph));
      ASSERT_TRUE(read.ok()) << read.status();
      ExpectSame(*read->quantized, graph);
    }
}

TEST(QdqNodes, FloatModelsAreNotQuantized) {
  const auto read = Read(LenetModel());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_FALSE(read->quantized);
  EXPECT_FALSE(read->graph.nodes.empty());
}

// A QDQ model that a test changes.
class Edited {
 public:
  explicit Edited(const onnx::ModelProto& model, bool stores_terms = true)
      : original_(TestingQuantized(model, stores_terms)),
        model_(Written(original_)) {}

  onnx::GraphProto& graph() { return *model_.mutable_graph(); }

  TensorProto& tensor(const std::string& name) {
    for (TensorProto& tensor : *graph().mutable_initializer())
      if (tensor.name() == name) return tensor;
    ADD_FAILURE() << "no tensor " << name;
    return *graph().mutable_initializer(0);
  }

  onnx::NodeProto& maker(const std::string& output) {
    for (onnx::NodeProto& node : *graph().mutable_node())
      if (node.output(0) == output) return node;
    ADD_FAILURE() << "no node makes " << output;
    return *graph().mutable_node(0);
  }

  void Remove(const std::string& output) {
    auto& nodes = *graph().mutable_node();
    for (int i = nodes.size() - 1; i >= 0; --i)
      if (nodes[i].output(0) == output) nodes.DeleteSubrange(i, 1);
  }

  // Moves the last node before the maker of `output`.
  void MoveLastBefore(const std::string& output) {
    auto& nodes = *graph().mutable_node();
    int at = nodes.size() - 1;
    do nodes.SwapElements(at, at - 1);
    while (nodes[at--].output(0) != output);
  }

  QuantizedGraph Quantized() const {
    const auto read = Read(model_);
    EXPECT_TRUE(read.ok()) << read.status();
    return read.ok() && read->quantized ? *read->quantized : QuantizedGraph();
  }

  std::string Error() const {
    return std::string(Read(model_).status().message());
  }

  const QuantizedGraph& original() const { return original_; }

 private:
  QuantizedGraph original_;
  onnx::ModelProto model_;
};

// Every u8 activation of the file as s8.
TEST(QdqNodes, SignedActivationsAreUnsignedOnes) {
  Edited edited(LenetModel());
  for (TensorProto& tensor : *edited.graph().mutable_initializer()) {
    if (tensor.data_type() != TensorProto::UINT8 ||
        tensor.name().rfind("pixels", 0) == 0)
      continue;
    tensor.set_data_type(TensorProto::INT8);
    tensor.mutable_raw_data()->at(0) -= 128;
  }
  ExpectSame(edited.Quantized(), edited.original());
}

// u8 weights with zero point 128.
TEST(QdqNodes, UnsignedWeightsAreSignedOnes) {
  Edited edited(LenetModel());
  for (const char* name : {"v1.weight", "v1.weight.zero_point"}) {
    edited.tensor(name).set_data_type(TensorProto::UINT8);
    for (char& byte : *edited.tensor(name).mutable_raw_data()) byte += 128;
  }
  ExpectSame(edited.Quantized(), edited.original());
}

TEST(QdqNodes, OneScaleIsThatOfEveryChannel) {
  Edited edited(LenetModel());
  for (const char* name : {"v1.weight.scale", "v1.bias.scale"}) {
    edited.tensor(name).clear_dims();
    edited.tensor(name).mutable_raw_data()->resize(4);
  }
  edited.tensor("v1.weight.zero_point").clear_dims();
  edited.tensor("v1.weight.zero_point").mutable_raw_data()->resize(1);
  const QuantizedWeights weights = edited.Quantized().weights[0];
  const QuantizedWeights& expected = edited.original().weights[0];
  EXPECT_EQ(weights.values, expected.values);
  EXPECT_EQ(weights.scale, std::vector<float>(6, expected.scale[0]));
  EXPECT_EQ(weights.bias_scale, std::vector<float>(6, expected.bias_scale[0]));
}

TEST(QdqNodes, NoBiasIsOneOfZeros) {
  Edited edited(LenetModel());
  edited.maker("v1").mutable_input()->RemoveLast();
  const QuantizedGraph graph = edited.Quantized();
  const QuantizedWeights& expected = edited.original().weights[0];
  EXPECT_EQ(graph.weights[0].bias, std::vector<int32_t>(6));
  EXPECT_EQ(graph.weights[0].bias_scale, expected.bias_scale);
  EXPECT_EQ(graph.weights[0].values, expected.values);
}

// A Gemm with transB = 0 has [in][out], and its scales on axis 1.
TEST(QdqNodes, MatricesMayBeTransposed) {
  Edited edited(LenetModel());
  const QuantizedGraph& original = edited.original();
  const int value = original.graph.output;
  const std::string name = absl::StrCat("v", value, ".weight");
  const std::vector<int8_t>& from = original.weights[value - 1].values;
  const size_t outputs = 10, inputs = from.size() / outputs;
  std::vector<int8_t> transposed(from.size());
  for (size_t i = 0; i < from.size(); ++i)
    transposed[i % inputs * outputs + i / inputs] = from[i];
  edited.tensor(name).set_raw_data(RawData(transposed));
  edited.tensor(name).set_dims(0, inputs);
  edited.tensor(name).set_dims(1, outputs);
  edited.maker(name + ".float").mutable_attribute(0)->set_i(-1);
  edited.maker("logits").mutable_attribute(0)->set_i(0);
  ExpectSame(edited.Quantized(), original);
}

// float -> Q -> DQ instead of u8 -> DQ.
TEST(QdqNodes, AFloatInputHasATableOfCodes) {
  Edited edited(LenetModel());
  edited.graph()
      .mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->set_elem_type(TensorProto::FLOAT);
  TensorProto& zero = edited.tensor("pixels.zero_point");
  TensorProto& scale = edited.tensor("pixels.scale");
  zero.clear_dims();
  zero.set_data_type(TensorProto::INT8);
  zero.set_raw_data(std::string(1, -14));
  scale.clear_dims();
  scale.set_raw_data(RawData(std::vector<float>{0.25f}));
  edited.maker("pixels.float").set_input(0, "pixels.u8");
  AddNode(edited.graph(), "QuantizeLinear", "pixels.u8",
          {"pixels", "pixels.scale", "pixels.zero_point"});
  edited.MoveLastBefore("pixels.float");
  const QuantizedGraph graph = edited.Quantized();
  EXPECT_EQ(graph.input.scale, 0.25f);
  EXPECT_EQ(graph.input.zero_point, (std::array<uint8_t, 3>{114, 114, 114}));
  EXPECT_EQ(graph.input.codes.size(), 3 * 256);
}

// Makes readers of `from` read `to`, so that what made `from` is idle.
void Bypass(Edited& edited, const std::string& from, const std::string& to) {
  for (onnx::NodeProto& node : *edited.graph().mutable_node())
    for (std::string& input : *node.mutable_input())
      if (input == from) input = to;
}

TEST(QdqNodes, ConvMayLackItsRelu) {
  Edited edited(ResnetModel({1}, 4));
  Bypass(edited, "v2", "v1");
  edited.Remove("v2");
  const QuantizedGraph graph = edited.Quantized();
  ASSERT_GE(graph.encodings.size(), 2);
  ASSERT_TRUE(graph.encodings[1]);
  EXPECT_EQ(graph.encodings[1]->zero_point, 0);
}

TEST(QdqNodes, APoolHasItsInputsEncoding) {
  Edited edited(LenetModel());
  Bypass(edited, "v3.float", "v3");
  edited.Remove("v3.float");
  edited.Remove("v3.u8");
  ExpectSame(edited.Quantized(), edited.original());
  edited = Edited(LenetModel());
  edited.tensor("v3.scale").set_raw_data(RawData(std::vector<float>{1}));
  EXPECT_THAT(edited.Error(), HasSubstr("one scale and zero point before and"));
}

TEST(QdqNodes, ConstantsMayGoThroughIdentity) {
  for (const std::string name :
       {"v1.weight", "v1.weight.scale", "v1.bias.float"}) {
    Edited edited(LenetModel());
    Bypass(edited, name, "same");
    AddNode(edited.graph(), "Identity", "same", {name});
    edited.MoveLastBefore(name == "v1.bias.float" ? "v1" : "v1.weight.float");
    ExpectSame(edited.Quantized(), edited.original());
  }
}

TEST(QdqNodes, TheOutputMayBeStored) {
  QuantizedGraph graph = TestingQuantized(LenetModel(), true);
  graph.encodings[graph.graph.output] = Encoding{0.125f, 77};
  const auto read = Read(Written(graph));
  ASSERT_TRUE(read.ok()) << read.status();
  ExpectSame(*read->quantized, graph);
}

// The error of a LeNet in QDQ form after `edit`.
std::string Error(const std::function<void(Edited&)>& edit) {
  Edited edited(LenetModel());
  edit(edited);
  return edited.Error();
}

TEST(QdqNodes, RefusesOtherForms) {
  for (const char* type : {"QLinearConv", "ConvInteger", "MatMulInteger",
                           "DynamicQuantizeLinear", "QLinearMatMul"})
    EXPECT_THAT(Error([&](Edited& e) {
                  e.maker("v1").set_op_type(type);
                  e.maker("v1").set_name("here");
                }),
                HasSubstr("node 'here' (" + std::string(type) +
                          "): quantised nets are read in QDQ form only"));
  EXPECT_THAT(
      Error([](Edited& e) { e.maker("v2").set_domain("com.microsoft"); }),
      HasSubstr("QDQ form only"));
  EXPECT_THAT(Error([](Edited& e) { e.maker("v4").set_input(0, "v3.u8"); }),
              HasSubstr("QDQ form only"));
}

TEST(QdqNodes, RefusesWhatIsNotStoredOnce) {
  EXPECT_THAT(Error([](Edited& e) { e.maker("v3").set_input(0, "v2"); }),
              HasSubstr("in float that others read in 8 bits"));
  EXPECT_THAT(Error([](Edited& e) {
                e.maker("v2.float").mutable_input()->RemoveLast();
                e.maker("v2.float").set_input(1, "v1.bias.scale");
              }),
              HasSubstr("must have one scale"));
  EXPECT_THAT(Error([](Edited& e) {
                AddTensor(e.graph(), "other", TensorProto::FLOAT, {},
                          RawData(std::vector<float>{0.5f}));
                e.maker("v2.float").set_input(1, "other");
              }),
              HasSubstr("another scale or zero point elsewhere"));
}

TEST(QdqNodes, RefusesFloatConstants) {
  const auto error = Error([](Edited& e) {
    AddTensor(e.graph(), "floats", TensorProto::FLOAT, {6},
              std::string(24, '\0'));
    e.maker("v1").set_input(2, "floats");
    e.maker("v1").set_name("here");
  });
  EXPECT_THAT(error, HasSubstr("node 'here' (Conv): constant 'floats' [6] is "
                               "not quantised"));
}

TEST(QdqNodes, RefusesABiasOfEightBits) {
  EXPECT_THAT(Error([](Edited& e) {
                e.tensor("v1.bias").set_data_type(TensorProto::INT8);
                e.tensor("v1.bias").mutable_raw_data()->resize(6);
              }),
              HasSubstr("bias must be an int32"));
}

TEST(QdqNodes, RefusesInputsThatAreNotQuantised) {
  EXPECT_THAT(Error([](Edited& e) {
                e.graph()
                    .mutable_input(0)
                    ->mutable_type()
                    ->mutable_tensor_type()
                    ->set_elem_type(TensorProto::FLOAT);
                e.maker("v1").set_input(0, "pixels");
                e.Remove("pixels.float");
              }),
              HasSubstr("its input is not in 8 bits"));
  EXPECT_THAT(Error([](Edited& e) {
                e.tensor("pixels.scale")
                    .set_raw_data(RawData(std::vector<float>{1, 1, 2}));
              }),
              HasSubstr("the input must have one scale"));
  EXPECT_THAT(Error([](Edited& e) {
                e.graph()
                    .mutable_input(0)
                    ->mutable_type()
                    ->mutable_tensor_type()
                    ->set_elem_type(TensorProto::INT8);
              }),
              HasSubstr("must be float [N,3,32,32] (CIFAR-10), or uint8"));
}

TEST(QdqNodes, RefusesBatchNorm) {
  EXPECT_THAT(Error([](Edited& e) {
                onnx::NodeProto& node = e.maker("v2");
                node.set_op_type("BatchNormalization");
                for (int i = 0; i < 4; ++i) {
                  node.add_input(absl::StrCat("part", i));
                  AddTensor(e.graph(), node.input(i + 1), TensorProto::FLOAT,
                            {6}, RawData(std::vector<float>(6, 1)));
                }
              }),
              HasSubstr("must be part of a convolution"));
}

TEST(QdqNodes, RefusesASmallFileThatWouldBecomeALargeNet) {
  EXPECT_THAT(Error([](Edited& e) {
                AddTensor(e.graph(), "large", TensorProto::INT8, {1 << 17},
                          std::string(1 << 17, 'x'));
                AddTensor(e.graph(), "one", TensorProto::FLOAT, {},
                          RawData(std::vector<float>{1}));
                for (int i = 0; i < 10; ++i)
                  AddNode(e.graph(), "DequantizeLinear",
                          absl::StrCat("again", i), {"large", "one"});
              }),
              HasSubstr("many that dequantise the same constants"));
}

// -- files of testdata/qdq ----------------------------------------------------

struct OrtFile {
  const char* name;
  size_t convolutions;
  size_t stored;  // values with an encoding
  size_t images;  // of the 100 that the file of logits has
};

class OrtFiles : public ::testing::TestWithParam<OrtFile> {};

// Reads the model of ONNX Runtime's quantizer; its logits are steps of an
// encoding, too. Our sums are exact, its are floats.
TEST_P(OrtFiles, MeanWhatOnnxRuntimeComputes) {
  const OrtFile& file = GetParam();
  const std::string path = absl::StrCat("testdata/qdq/", file.name);
  auto model = ReadOnnxFile(path + ".onnx");
  ASSERT_TRUE(model.ok()) << model.status();
  ASSERT_TRUE(model->quantized);
  QuantizedGraph& graph = *model->quantized;
  EXPECT_EQ(graph.weights.size() -
                std::count_if(graph.weights.begin(), graph.weights.end(),
                              [](auto& w) { return w.values.empty(); }),
            file.convolutions);
  EXPECT_EQ(std::count_if(graph.encodings.begin(), graph.encodings.end(),
                          [](auto& e) { return e.has_value(); }),
            file.stored);
  FillInputCodes(Normalization(), graph);
  const auto bytes = ReadFile(path + ".f32", 1 << 20);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  std::vector<float> expected(bytes->size() / 4);
  ASSERT_EQ(expected.size(), 1000);
  std::memcpy(expected.data(), bytes->data(), bytes->size());
  const auto images = ReadCifar10(SampleDataPath(), Split::kTest, file.images);
  ASSERT_TRUE(images.ok()) << images.status();
  const int output = graph.graph.output;
  const double step = graph.encodings[output]->scale;
  int differ = 0;
  for (size_t i = 0; i < file.images; ++i) {
    const auto values = RunQuantized(graph, images->image(i));
    for (int c = 0; c < kCifarClasses; ++c) {
      const double difference = values[output][c] - expected[i * 10 + c];
      EXPECT_LT(std::abs(difference), 1.001 * step) << i << " " << c;
      differ += std::abs(difference) > 0.001 * step;
    }
  }
  // A tenth of the logits: one code that differs changes many sums.
  EXPECT_LE(differ, file.images);
}

INSTANTIATE_TEST_SUITE_P(
    All, OrtFiles,
    ::testing::Values(OrtFile{"lenet-u8", 5, 7, 100},
                      OrtFile{"lenet-s8-per-channel", 5, 7, 100},
                      OrtFile{"resnet20-u8-per-channel", 22, 32, 2}),
    [](const auto& info) {
      return absl::StrReplaceAll(info.param.name, {{"-", "_"}});
    });

TEST(QdqNodes, SurvivesFlippedBytes) {
  const std::string whole =
      Written(TestingQuantized(ResnetModel({1}, 2), true)).SerializeAsString();
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = whole;
    for (int flips = 1 + random() % 3; flips > 0; --flips)
      bytes[random() % bytes.size()] ^= 1 + random() % 255;
    ReadOnnx(bytes).status().IgnoreError();
  }
}

}  // namespace
}  // namespace lockstep::quant
