#include "quant/onnx_reader.h"

#include <functional>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/testing_models.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<OnnxModel> Read(const onnx::ModelProto& model) {
  return ReadOnnx(model.SerializeAsString());
}

// The error of a model that `build` makes from "input"; "" if there is none.
std::string Error(
    const std::function<std::string(TestingModel& model)>& build) {
  TestingModel model;
  const std::string output = build(model);
  return std::string(Read(model.Finish(output)).status().message());
}

TEST(ReadOnnx, ReadsResnet18) {
  const auto model = Read(ResnetModel({2, 2, 2, 2}, 64));
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(CountMacs(model->graph), 555422720);
  EXPECT_EQ(model->graph.nodes.size(), 20 + 20 + 17 + 8 + 2);
  EXPECT_EQ(model->metadata.at("lockstep.std"), "0.2470,0.2435,0.2616");
}

TEST(ReadOnnx, ReadsLenetAndResnet20) {
  const auto lenet = Read(LenetModel());
  ASSERT_TRUE(lenet.ok()) << lenet.status();
  EXPECT_EQ(CountMacs(lenet->graph), 651720);
  EXPECT_TRUE(Read(ResnetModel({3, 3, 3}, 16)).ok());
}

TEST(ReadOnnx, MatrixOverAMapIsAConvolutionOfTheMap) {
  const auto lenet = Read(LenetModel());
  const FloatNode& node = lenet->graph.nodes[6];
  EXPECT_EQ(node.op, Op::kConv);
  EXPECT_EQ(node.window.kernel_h, 5);
  EXPECT_EQ(node.bias.size(), 120);
}

TEST(ReadOnnx, NamesAnUnsupportedNode) {
  const std::string error = Error([](TestingModel& m) {
    return m.Node("Sigmoid", {m.Conv("input", 3, 10, 32, 1, 0)});
  });
  EXPECT_THAT(error, HasSubstr("node 'Sigmoid"));
  EXPECT_THAT(error, HasSubstr("supported are Add, AveragePool"));
}

TEST(ReadOnnx, NamesWhatIsWrongWithANode) {
  const auto conv_with = [](const char* name, std::vector<int64_t> ints) {
    return Error([&](TestingModel& m) {
      const std::string value = m.Conv("input", 3, 10, 3, 1, 1);
      for (onnx::AttributeProto& a : *m.last_node().mutable_attribute()) {
        if (a.name() != name) continue;
        a.clear_ints();
        for (int64_t i : ints) a.add_ints(i);
        a.set_i(ints[0]);
      }
      return value;
    });
  };
  EXPECT_THAT(conv_with("group", {3}), HasSubstr("group must be 1"));
  EXPECT_THAT(conv_with("dilations", {2, 2}), HasSubstr("dilations"));
  EXPECT_THAT(conv_with("strides", {0, 1}), HasSubstr("stride 0"));
  EXPECT_THAT(conv_with("strides", {1}), HasSubstr("has 1 numbers"));
  EXPECT_THAT(conv_with("pads", {-1, 0, 0, 0}), HasSubstr("padding"));
  EXPECT_THAT(conv_with("pads", {0, 0, 0, int64_t{1} << 40}),
              HasSubstr("attribute pads is"));
  EXPECT_THAT(conv_with("kernel_shape", {5, 5}), HasSubstr("kernel_shape"));
  EXPECT_THAT(
      Error([](TestingModel& m) { return m.Node("Relu", {"nowhere"}); }),
      HasSubstr("reads 'nowhere', which no earlier node makes"));
  EXPECT_THAT(
      Error([](TestingModel& m) { return m.Conv("input", 4, 10, 3, 1, 1); }),
      HasSubstr("must be [out,3,height,width]"));
  EXPECT_THAT(Error([](TestingModel& m) {
                return m.Gemm(m.Flatten("input"), 3071, 10);
              }),
              HasSubstr("does not fit an input of 3072 elements"));
  EXPECT_THAT(Error([](TestingModel& m) {
                m.Node("Relu", {"input"});
                SetInt(m.last_node(), "alpha", 1);
                return m.last_node().output(0);
              }),
              HasSubstr("attribute 'alpha' is not supported"));
}

TEST(ReadOnnx, NamesABrokenTensor) {
  const auto broken = [](const std::function<void(onnx::TensorProto&)>& edit) {
    onnx::ModelProto model = LenetModel();
    edit(*model.mutable_graph()->mutable_initializer(0));
    return std::string(Read(model).status().message());
  };
  EXPECT_THAT(
      broken([](onnx::TensorProto& t) { t.mutable_raw_data()->pop_back(); }),
      HasSubstr("tensor 'w0' [6,3,5,5] holds"));
  EXPECT_THAT(
      broken([](onnx::TensorProto& t) { t.set_dims(0, int64_t{1} << 60); }),
      HasSubstr("impossible dims"));
  EXPECT_THAT(broken([](onnx::TensorProto& t) { t.set_dims(0, -6); }),
              HasSubstr("impossible dims"));
  EXPECT_THAT(broken([](onnx::TensorProto& t) { t.set_data_type(8); }),
              HasSubstr("elements of type STRING"));
  EXPECT_THAT(broken([](onnx::TensorProto& t) { t.set_data_type(99); }),
              HasSubstr("elements of type number 99"));
  EXPECT_THAT(broken([](onnx::TensorProto& t) {
                t.set_data_location(onnx::TensorProto::EXTERNAL);
              }),
              HasSubstr("external file"));
  EXPECT_THAT(broken([](onnx::TensorProto& t) { t.set_name("w1"); }),
              HasSubstr("appears twice"));
}

TEST(ReadOnnx, RefusesWrongModels) {
  EXPECT_TRUE(absl::IsDataLoss(ReadOnnx("").status()));
  EXPECT_TRUE(absl::IsDataLoss(ReadOnnx("no model at all").status()));
  onnx::ModelProto model = LenetModel();
  model.mutable_opset_import(0)->set_version(99);
  EXPECT_THAT(Read(model).status().message(), HasSubstr("opset 99"));
  model = LenetModel();
  model.mutable_graph()->mutable_output(0)->set_name("w0");
  EXPECT_THAT(Read(model).status().message(), HasSubstr("output 'w0'"));
  model = LenetModel();
  model.mutable_graph()->mutable_input(0)->clear_type();
  EXPECT_THAT(Read(model).status().message(), HasSubstr("[N,3,32,32]"));
  EXPECT_THAT(Error([](TestingModel& m) {
                return m.Gemm(m.Flatten("input"), 3072, 11);
              }),
              HasSubstr("11x1x1 an image, expected 10 logits"));
}

// A small net that uses many fields.
std::string SmallModel() {
  TestingModel model;
  std::string value = model.ConvBatchNorm("input", 3, 2, 3, 2, 1);
  value = model.MaxPool(model.Node("Relu", {value}), 2, 2);
  value = model.Flatten(model.Node("GlobalAveragePool", {value}));
  return model.Finish(model.Gemm(value, 2, 10)).SerializeAsString();
}

TEST(ReadOnnx, EveryPrefixIsReadOrRefused) {
  const std::string whole = SmallModel();
  ASSERT_TRUE(ReadOnnx(whole).ok());
  int read = 0;
  for (size_t size = 0; size < whole.size(); ++size)
    read += ReadOnnx(whole.substr(0, size)).ok();
  // Only the metadata at the end can be missing without notice.
  EXPECT_LE(read, 3);
}

TEST(ReadOnnx, SurvivesFlippedBytes) {
  const std::string whole = SmallModel();
  std::mt19937 random(20);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = whole;
    for (int flips = 1 + random() % 3; flips > 0; --flips)
      bytes[random() % bytes.size()] ^= 1 + random() % 255;
    const auto model = ReadOnnx(bytes);
    if (model.ok()) FoldBatchNorm(model->graph).status().IgnoreError();
  }
}

}  // namespace
}  // namespace lockstep::quant
