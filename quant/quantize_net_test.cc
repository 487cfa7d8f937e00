#include "quant/quantize_net.h"

#include "data/sample_path.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/calibration_record.h"
#include "quant/net_file.h"
#include "quant/onnx_reader.h"
#include "quant/testing_models.h"
#include "quant/testing_nets.h"

namespace lockstep::quant {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr Normalization kNormalization = {{0.5f, 0.25f, 0.4f},
                                          {0.2f, 0.3f, 0.25f}};
constexpr Parallelism kWay = {2, 4};

FloatGraph Read(const onnx::ModelProto& model) {
  const auto read = ReadOnnx(model.SerializeAsString());
  EXPECT_TRUE(read.ok()) << read.status();
  return read->graph;
}

CalibrationImages Images(size_t count, uint64_t seed = 0) {
  return *ReadCalibrationImages(SampleDataPath(), count, seed);
}

QuantizeOptions Everything() {
  QuantizeOptions options;
  options.calibration = {"percentile", 99.9};
  options.seed = 3;
  options.equalize = options.correct_bias = true;
  return options;
}

// All that a program writes of the net.
std::string Bytes(const QuantizedNet& net) {
  return EncodeNet({net.integer, net.metadata});
}

TEST(QuantizeNet, RecordsHowItWasDone) {
  const FloatGraph graph = Read(ResnetModel({1, 1}, 4));
  const CalibrationImages images = Images(20, 3);
  const auto net =
      QuantizeNet(graph, kNormalization, images, Everything(), kWay);
  ASSERT_TRUE(net.ok()) << net.status();
  EXPECT_EQ(net->kind, ModelKind::kFloat);
  EXPECT_EQ(net->metadata.at("lockstep.mean"), "0.5,0.25,0.4");
  EXPECT_EQ(net->metadata.at("lockstep.std"), "0.2,0.3,0.25");
  const std::string& text = net->metadata.at(kCalibrationKey);
  const auto record = ReadCalibrationRecord(text);
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(WriteCalibrationRecord(*record), text);
  EXPECT_EQ(record->options.method, "percentile");
  EXPECT_EQ(record->options.percentile, 99.9);
  EXPECT_EQ(record->images, 20);
  EXPECT_EQ(record->seed, 3);
  EXPECT_EQ(record->images_crc32c, PixelsCrc32c(images.images));
  EXPECT_TRUE(record->equalized);
  EXPECT_TRUE(record->bias_corrected);
  EXPECT_EQ(record->normalization.mean, kNormalization.mean);
  EXPECT_EQ(record->normalization.std, kNormalization.std);
  ASSERT_EQ(record->ranges.size(), net->folded->shapes.size());
  EXPECT_EQ(record->ranges[0].name, "input");
  for (size_t i = 0; i < net->folded->nodes.size(); ++i)
    EXPECT_EQ(record->ranges[i + 1].name, net->folded->nodes[i].name);
}

// The scales are those of the recorded ranges.
TEST(QuantizeNet, RecordsTheRangesThatItUsed) {
  const auto net = QuantizeNet(Read(LenetModel()), kNormalization, Images(20),
                               Everything(), kWay);
  ASSERT_TRUE(net.ok()) << net.status();
  const auto record = ReadCalibrationRecord(net->metadata.at(kCalibrationKey));
  ASSERT_TRUE(record.ok()) << record.status();
  for (size_t v = 1; v < net->quantized->encodings.size(); ++v)
    if (net->folded->nodes[v - 1].op == Op::kRelu) {
      ASSERT_TRUE(net->quantized->encodings[v]);
      EXPECT_EQ(net->quantized->encodings[v]->scale,
                ActivationEncoding(record->ranges[v].range).scale);
      EXPECT_FLOAT_EQ(net->quantized->encodings[v]->scale,
                      record->ranges[v].range.max / 255);
    }
}

TEST(QuantizeNet, BytesDependOnNeitherThreadsNorBatch) {
  const FloatGraph graph = Read(ResnetModel({1, 1}, 8));
  const CalibrationImages images = Images(19, 5);
  for (const char* method : {"minmax", "percentile", "mse", "kl"}) {
    QuantizeOptions options = Everything();
    options.calibration.method = method;
    std::string expected;
    for (const Parallelism& way : {Parallelism{1, 8}, Parallelism{3, 1},
                                   Parallelism{2, 5}, Parallelism{4, 64}}) {
      const auto net = QuantizeNet(graph, kNormalization, images, options, way);
      ASSERT_TRUE(net.ok()) << net.status();
      if (expected.empty()) expected = Bytes(*net);
      EXPECT_TRUE(Bytes(*net) == expected)
          << method << ", " << way.threads << " threads, batch " << way.batch;
    }
  }
}

// With nothing but min-max, the steps by hand.
TEST(QuantizeNet, IsItsSteps) {
  QuantizeOptions options;
  options.calibration.method = "minmax";
  for (const Dialect dialect : {Dialect::kFused, Dialect::kOrt}) {
    options.dialect = dialect;
    const auto model = ResidualFormsModel();
    const TestingNet expected = MakeTestingNet(model, 7, dialect);
    const auto net =
        QuantizeNet(Read(model), Normalization(), Images(7), options, kWay);
    ASSERT_TRUE(net.ok()) << net.status();
    EXPECT_TRUE(EncodeNet({net->integer, {}}) ==
                EncodeNet({expected.integer, {}}));
    EXPECT_EQ(net->folded->nodes[0].weights, expected.folded.nodes[0].weights);
  }
}

TEST(QuantizeNet, EachOptionChangesTheNet) {
  const FloatGraph graph = Read(ResnetModel({1, 1}, 4));
  const CalibrationImages images = Images(20);
  const auto bytes = [&](const QuantizeOptions& options) {
    const auto net = QuantizeNet(graph, kNormalization, images, options, kWay);
    EXPECT_TRUE(net.ok()) << net.status();
    return EncodeNet({net->integer, {}});
  };
  const std::string plain = bytes({});
  QuantizeOptions options;
  options.equalize = true;
  EXPECT_NE(bytes(options), plain);
  options = {};
  options.correct_bias = true;
  EXPECT_NE(bytes(options), plain);
  options = {};
  options.dialect = Dialect::kOrt;
  EXPECT_NE(bytes(options), plain);
}

// Biases are corrected in what runs, not in what it is compared with.
TEST(QuantizeNet, TheFloatFormKeepsItsBiases) {
  const FloatGraph graph = Read(LenetModel());
  QuantizeOptions options;
  options.correct_bias = true;
  const auto net =
      QuantizeNet(graph, kNormalization, Images(10), options, kWay);
  ASSERT_TRUE(net.ok()) << net.status();
  EXPECT_EQ(net->folded->nodes[3].bias, graph.nodes[3].bias);
  EXPECT_NE(net->quantized->graph.nodes[3].bias, graph.nodes[3].bias);
}

absl::Status Refusal(FloatGraph graph, const CalibrationImages& images) {
  return QuantizeNet(graph, kNormalization, images, {}, kWay).status();
}

TEST(QuantizeNet, ErrorsAreThoseOfItsSteps) {
  EXPECT_TRUE(absl::IsInvalidArgument(Refusal(Read(LenetModel()), {})));
  TestingModel affine;  // batch norm after a ReLU
  std::string value =
      affine.Node("Relu", {affine.Conv("input", 3, 4, 3, 1, 1)});
  value = affine.Flatten(affine.BatchNorm(value, 4));
  EXPECT_TRUE(absl::IsUnimplemented(
      Refusal(Read(affine.Finish(affine.Gemm(value, 4096, 10))), Images(2))));
  FloatGraph infinite = Read(LenetModel());
  for (float& bias : infinite.nodes[0].bias) bias = 3e38f;
  for (float& weight : infinite.nodes[3].weights) weight = 3e38f;
  EXPECT_TRUE(absl::IsFailedPrecondition(Refusal(infinite, Images(2))));
}

// A matrix over 72x32x32 values with weights of 127 makes sums of up to
// 2.39e9.
TEST(QuantizeNet, ASumThatCanOverflowIsRefusedByLayerAndChannel) {
  TestingModel model;
  std::string value = model.Node("Relu", {model.Conv("input", 3, 72, 1, 1, 0)});
  FloatGraph graph =
      Read(model.Finish(model.Gemm(model.Flatten(value), 72 * 32 * 32, 10)));
  std::vector<float>& weights = graph.nodes[2].weights;
  const size_t count = weights.size() / 10;
  std::fill(weights.begin() + 4 * count, weights.begin() + 5 * count, 0.001f);
  const absl::Status status = Refusal(std::move(graph), Images(2));
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("output channel 4: the sum can reach"),
                    HasSubstr("outside int32")));
}

}  // namespace
}  // namespace lockstep::quant
