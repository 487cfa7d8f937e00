// Models of which no integer net can be made, and .lsq files that no program
// writes: the real program refuses each as testing_hostile.h says.

#include <isa-l.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "quant/build_integer_graph.h"
#include "quant/net_file.h"
#include "quant/qdq_export.h"
#include "quant/testing_hostile.h"
#include "quant/testing_models.h"
#include "quant/testing_quantized.h"
#include "tools/cli/file.h"
#include "tools/cli/testing_program.h"

namespace lockstep::quant {
namespace {

// -- nets that can be read, but not run exactly
// --------------------------------

// A matrix over 72x32x32 values: with weights of one size, sums of 2.39e9.
onnx::ModelProto WideMatrix() {
  TestingModel model;
  const auto value = model.Node("Relu", {model.Conv("input", 3, 72, 1, 1, 0)});
  onnx::ModelProto proto =
      model.Finish(model.Gemm(model.Flatten(value), 72 * 32 * 32, 10));
  proto.mutable_graph()->mutable_initializer(1)->set_raw_data(
      RawData(std::vector<float>(72 * 32 * 32 * 10, 0.001f)));
  return proto;
}

std::string QdqBytes(const QuantizedGraph& graph) {
  const auto model = QdqModel(graph, {});
  EXPECT_TRUE(model.ok()) << model.status();
  return model->SerializeAsString();
}

TEST(HostileNets, SumsThatOverflow) {
  const char why[] = "output channel 0: the sum can reach";
  ExpectFileRefused(WriteModel(WideMatrix().SerializeAsString()), why,
                    "--calibration_images 20");
  QuantizedGraph graph = TestingQuantized(WideMatrix(), false);
  graph.encodings[2]->scale = 1;
  graph.weights[2].bias_scale = graph.weights[2].scale;
  ExpectRefused(QdqBytes(graph), why);
}

// int32 biases of more than 2^29 output steps, and a layer whose steps are
// finer than its sums'.
TEST(HostileNets, EnormousBiasesAndMultipliers) {
  QuantizedGraph graph = TestingQuantized(LenetModel(), false);
  QuantizedWeights& first = graph.weights[0];
  first.bias[3] = std::numeric_limits<int32_t>::min();
  const float step = first.bias_scale[3];
  for (int value : {2, 3}) graph.encodings[value]->scale = step / 0.4f;
  EXPECT_EQ(graph.graph.nodes[2].op, Op::kMaxPool);
  // What reads them has bias scales of its own.
  QuantizedWeights& second = graph.weights[3];
  for (size_t c = 0; c < second.scale.size(); ++c)
    second.bias_scale[c] = graph.encodings[3]->scale * second.scale[c];
  ExpectRefused(QdqBytes(graph), "output channel 3: bias of -8.58");
  for (int value : {2, 3}) graph.encodings[value]->scale = step / 100;
  for (size_t c = 0; c < second.scale.size(); ++c)
    second.bias_scale[c] = graph.encodings[3]->scale * second.scale[c];
  ExpectRefused(QdqBytes(graph), "2^31 or more");
}

// Scales that are no normal floats: of a bias as a product, of weights, of a
// value.
TEST(HostileNets, EnormousScales) {
  QuantizedGraph graph = TestingQuantized(LenetModel(), false);
  QuantizedWeights& last = graph.weights[10];
  for (size_t c = 0; c < last.scale.size(); ++c) {
    last.scale[c] = 3e38f;
    last.bias_scale[c] = std::numeric_limits<float>::infinity();
  }
  Encoding& input = *graph.encodings[10];
  input.scale = 1e10f;
  ExpectFileRefused(WriteModel(QdqBytes(graph)),
                    "must be positive, finite numbers");
  for (size_t c = 0; c < last.scale.size(); ++c) {
    last.scale[c] = 1e-38f;
    last.bias_scale[c] = 0;
  }
  input.scale = 1e-10f;
  ExpectFileRefused(WriteModel(QdqBytes(graph)),
                    "must be positive, finite numbers");
  input.scale = 1e-45f;
  ExpectFileRefused(WriteModel(QdqBytes(graph)),
                    "must be positive, finite numbers");
}

// What ONNX Runtime's quantizer makes with ActivationSymmetric: s8 with zero
// point 0, which is u8 with 128.
TEST(HostileNets, ReluStoredSymmetrically) {
  QuantizedGraph graph = TestingQuantized(LenetModel(), false);
  for (int value : {2, 3}) graph.encodings[value]->zero_point = 128;
  ExpectRefused(QdqBytes(graph),
                "node 'Relu3' (Relu): must be stored with zero point 0 (-128 "
                "in s8), not 128 (0); quantise activations asymmetrically");
}

// A float bias of any size makes weights coarser, and an infinite value is
// refused.
TEST(HostileNets, EnormousFloatBiases) {
  const auto bias = [](float value) {
    onnx::ModelProto model = LenetModel();
    model.mutable_graph()->mutable_initializer(1)->set_raw_data(
        RawData(std::vector<float>{value, 0, 0, 0, 0, 0}));
    return model.SerializeAsString();
  };
  ExpectRefused(bias(3e38f), "");
  const ProgramResult run =
      RunProgram("quant/eval --limit 20 --calibration_images 20 --model " +
                 WriteModel(bias(1e20f)));
  EXPECT_EQ(run.exit_code, 0) << run.error;
}

// -- .lsq files ---------------------------------------------------------------

IntegerGraph Net() {
  const auto graph = BuildIntegerGraph(TestingQuantized(LenetModel(), false));
  EXPECT_TRUE(graph.ok()) << graph.status();
  return *graph;
}

void ExpectNetRefused(const std::string& bytes, const std::string& why) {
  const std::string path = NewTestFolder() + "/net.lsq";
  EXPECT_TRUE(WriteFileAtomically(path, bytes).ok());
  ExpectFileRefused(path, why);
}

// The header of net_file.h around a description.
std::string WithDescription(const std::string& description,
                            const std::string& weights) {
  std::string bytes = EncodeNet({Net(), {}}).substr(0, 64) + description;
  bytes.resize((bytes.size() + 63) / 64 * 64);
  const uint64_t sizes[] = {description.size(), bytes.size(),
                            bytes.size() + weights.size()};
  bytes += weights;
  std::memcpy(&bytes[16], sizes, sizeof(sizes));
  const uint32_t crc = crc32_iscsi(reinterpret_cast<unsigned char*>(&bytes[16]),
                                   bytes.size() - 16, 0);
  std::memcpy(&bytes[12], &crc, sizeof(crc));
  return bytes;
}

TEST(HostileFiles, DamagedFiles) {
  const std::string whole = EncodeNet({Net(), {}});
  for (size_t size : {size_t{0}, size_t{7}, size_t{63}, size_t{64},
                      whole.size() / 2, whole.size() - 1})
    ExpectNetRefused(whole.substr(0, size), "not a whole .lsq file");
  ExpectNetRefused(whole + "x", "not a whole .lsq file");
  for (size_t at : {size_t{0}, size_t{12}, size_t{40}, size_t{100},
                    whole.size() / 2, whole.size() - 1}) {
    std::string flipped = whole;
    flipped[at] ^= 4;
    ExpectNetRefused(flipped, "not a whole .lsq file");
  }
  std::string later = whole;
  later[8] = 9;
  ExpectNetRefused(later, "version 9 of the .lsq format");
  ExpectNetRefused(LenetModel().SerializeAsString(), "does not begin like one");
}

TEST(HostileFiles, AHugeSparseFile) {
  const std::string path = NewTestFolder() + "/net.lsq";
  const std::string bytes = EncodeNet({Net(), {}});
  EXPECT_TRUE(WriteFileAtomically(path, bytes).ok());
  std::filesystem::resize_file(path, uint64_t{100} << 20);
  ExpectFileRefused(path, "not a whole .lsq file");
  std::filesystem::resize_file(path, uint64_t{1} << 40);
  ExpectFileRefused(path, "not a regular file of at most");
}

// Small files with a good CRC that say to be large nets.
TEST(HostileFiles, SmallFilesOfLargeNets) {
  const auto varint = [](int64_t value) {
    std::string bytes;
    for (; value >= 128; value >>= 7)
      bytes += static_cast<char>(value % 128 + 128);
    return bytes + static_cast<char>(value);
  };
  const auto refused = [](const std::string& description,
                          const std::string& weights, const std::string& why) {
    ExpectNetRefused(WithDescription(description, weights), why);
  };
  const std::string weights(32 << 20, '\1');
  const std::string layer =
      Delimited(2, Delimited(2, "shared") + '\x38' + varint(weights.size()));
  refused(Repeated(Delimited(1, ""), 10000) + Repeated(layer, 9999), weights,
          "more weights than the file");
  refused(Repeated(Delimited(2, ""), 3'000'000), "", "too many parts");
  refused(Delimited(3, std::string(9 << 20, '\0')), "", "is too long");
  // Packed numbers of a byte become 8.
  refused(Delimited(1, "") + Delimited(1, "") +
              Delimited(2, Delimited(10, std::string(8'000'000, '\1'))),
          "", "the input is not 3x32x32 pixels");
}

// Files with a good CRC of nets that no engine may run.
TEST(HostileFiles, NetsThatCannotRun) {
  const auto refused = [](const std::function<void(IntegerGraph&)>& edit,
                          const std::string& why) {
    IntegerGraph graph = Net();
    edit(graph);
    ExpectNetRefused(EncodeNet({graph, {}}), why);
  };
  refused(
      [](IntegerGraph& graph) {
        graph.layers[0].requantization.offset[1] = int64_t{1} << 62;
      },
      "output channel 1: the requantisation sum can reach 2^62");
  refused(
      [](IntegerGraph& graph) {
        graph.layers[0].requantization.multiplier[0] = -1;
      },
      "the sizes of its weights or multipliers are wrong");
  refused([](IntegerGraph& graph) { graph.layers[2].input = 4; }, "layer 2");
  refused([](IntegerGraph& graph) { graph.layers[0].weights.pop_back(); },
          "layer 0");
  refused([](IntegerGraph& graph) { graph.shapes[1].height = 1 << 30; }, "");
  refused([](IntegerGraph& graph) { graph.logit_scale = NAN; }, "scale");
  refused(
      [](IntegerGraph& graph) {
        graph.layers[0].name = "\xff\n\xff";
        graph.layers[0].weights.clear();
      },
      "layer 0");
}

// 5 million values an image: 1,024 at once would take more than there is. What
// runs at once takes 1 GiB at most (kRunBudget); the rest is the net and
// libraries.
TEST(HostileFiles, AWideLayerInALargeBatchRuns) {
  TestingModel model;
  std::string value =
      model.Node("Relu", {model.Conv("input", 3, 5000, 1, 1, 0)});
  value = model.Flatten(model.MaxPool(value, 32, 32));
  const auto graph = BuildIntegerGraph(
      ExactQuantized(model.Finish(model.Gemm(value, 5000, 10))));
  ASSERT_TRUE(graph.ok()) << graph.status();
  const std::string path = NewTestFolder() + "/net.lsq";
  ASSERT_TRUE(WriteFileAtomically(path, EncodeNet({*graph, {}})).ok());
  for (const char* isa : {"auto", "reference"}) {
    const ProgramResult run = RunProgram(
        absl::StrCat("quant/eval --limit 80 --batch_size 1024 --threads 2 "
                     "--isa ",
                     isa, " --model ", path));
    EXPECT_EQ(run.exit_code, 0) << run.error;
    EXPECT_LT(run.resident_bytes, (int64_t{1} << 30) + kMaxResident);
  }
}

}  // namespace
}  // namespace lockstep::quant
