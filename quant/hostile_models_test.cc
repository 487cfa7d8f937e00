// Files that no exporter writes: the real program refuses each with one line
// and exit code 2, in less than a second and 200 MB.

#include <isa-l.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/build_integer_graph.h"
#include "quant/net_file.h"
#include "quant/onnx_reader.h"
#include "quant/qdq_export.h"
#include "quant/testing_models.h"
#include "quant/testing_quantized.h"
#include "tools/cli/file.h"
#include "tools/cli/testing_program.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int64_t kMaxResident = int64_t{2} << 30;  // shadow and quarantine
constexpr double kMaxSeconds = 10;
#else
constexpr int64_t kMaxResident = 200 << 20;
constexpr double kMaxSeconds = 1;
#endif

// The program refuses the file for a reason that contains `why`.
void ExpectFileRefused(const std::string& path, const std::string& why,
                       const std::string& flags = "") {
  const ProgramResult result =
      RunProgram(absl::StrCat("quant/eval --model ", path, " ", flags));
  EXPECT_EQ(result.exit_code, 2) << result.error;
  EXPECT_THAT(result.error, HasSubstr(why));
  EXPECT_THAT(result.error, HasSubstr(path));
  EXPECT_EQ(std::count(result.error.begin(), result.error.end(), '\n'), 1)
      << result.error;
  EXPECT_LT(result.error.size(), 5000);
  EXPECT_EQ(result.out, "");
  EXPECT_LT(result.cpu_seconds, kMaxSeconds) << why;
  EXPECT_LT(result.resident_bytes, kMaxResident) << why;
}

std::string WriteModel(const std::string& bytes) {
  const std::string path = NewTestFolder() + "/model.onnx";
  EXPECT_TRUE(WriteFileAtomically(path, bytes).ok());
  return path;
}

void ExpectRefused(const std::string& bytes, const std::string& why) {
  ExpectFileRefused(WriteModel(bytes), why);
}

// A LeNet that `edit` has changed.
void ExpectEditRefused(const std::function<void(onnx::GraphProto&)>& edit,
                       const std::string& why) {
  onnx::ModelProto model = LenetModel();
  edit(*model.mutable_graph());
  ExpectRefused(model.SerializeAsString(), why);
}

// A LeNet whose first weights, w0 [6,3,5,5], `edit` has changed.
void ExpectTensorRefused(const std::function<void(onnx::TensorProto&)>& edit,
                         const std::string& why) {
  ExpectEditRefused(
      [&](onnx::GraphProto& graph) { edit(*graph.mutable_initializer(0)); },
      why);
}

std::string Repeated(const std::string& text, size_t count) {
  std::string all;
  for (size_t i = 0; i < count; ++i) all += text;
  return all;
}

// A LeNet with `fields` more in its graph.
std::string WithGraphFields(const std::string& fields) {
  return LenetModel().SerializeAsString() + Delimited(7, fields);
}

TEST(Hostile, NumbersThatAreNone) {
  const auto first = [](float value) {
    return [=](onnx::TensorProto& t) {
      t.mutable_raw_data()->replace(0, 4, RawData(std::vector<float>{value}));
    };
  };
  ExpectTensorRefused(first(NAN), "a weight or bias is not a finite number");
  ExpectTensorRefused(first(-INFINITY), "a weight or bias is not a finite");
  ExpectTensorRefused(
      [](onnx::TensorProto& t) {
        t.set_data_type(onnx::TensorProto::DOUBLE);
        t.set_raw_data(RawData(std::vector<double>(450, 1e300)));
      },
      "a weight or bias is not a finite number");
  TestingModel model;
  const std::string value = model.ConvBatchNorm("input", 3, 10, 32, 1, 0);
  onnx::ModelProto proto = model.Finish(value);
  onnx::TensorProto& variance = *proto.mutable_graph()->mutable_initializer(4);
  variance.set_raw_data(RawData(std::vector<float>(10, -1)));
  ExpectRefused(proto.SerializeAsString(), "variance + epsilon of channel 0");
}

TEST(Hostile, DimsThatLie) {
  const auto dims = [](std::vector<int64_t> dims) {
    return [=](onnx::TensorProto& t) {
      t.clear_dims();
      for (int64_t dim : dims) t.add_dims(dim);
    };
  };
  const int64_t huge = int64_t{1} << 40;
  ExpectTensorRefused(dims({huge, 3, 5, 5}), "has impossible dims");
  ExpectTensorRefused(dims({huge / 75, 3, 5, 5}), "holds 450 elements");
  ExpectTensorRefused(dims({int64_t{1} << 62, 3, 5, 5}), "impossible dims");
  ExpectTensorRefused(dims({-6, 3, 5, 5}), "impossible dims");
  ExpectTensorRefused(dims({-6, 3, -5, 5}), "impossible dims");
  ExpectTensorRefused(dims({6, 3, 5, huge}), "must be [out,3,height,width]");
  ExpectTensorRefused(dims({}), "must be [out,3,height,width]");
  ExpectTensorRefused(dims(std::vector<int64_t>(100000, 1)), "must be [out,3");
  ExpectTensorRefused(
      [&](onnx::TensorProto& t) {
        dims({0, 3, 5, 5})(t);
        t.clear_raw_data();
      },
      "has no weights");
}

TEST(Hostile, TensorsOfOtherTypes) {
  ExpectTensorRefused(
      [](onnx::TensorProto& t) {
        t.set_data_type(onnx::TensorProto::STRING);
        t.clear_raw_data();
        for (int i = 0; i < 450; ++i) t.add_string_data("1.0");
      },
      "has elements of type STRING");
  ExpectTensorRefused(
      [](onnx::TensorProto& t) {
        t.set_data_type(onnx::TensorProto::COMPLEX64);
      },
      "has elements of type COMPLEX64");
  ExpectTensorRefused([](onnx::TensorProto& t) { t.clear_data_type(); },
                      "has elements of type UNDEFINED");
  ExpectTensorRefused(
      [](onnx::TensorProto& t) { t.set_data_type(onnx::TensorProto::FLOAT16); },
      "holds 900 elements");
  ExpectEditRefused(
      [](onnx::GraphProto& graph) {
        *graph.add_sparse_initializer()->mutable_values() =
            graph.initializer(1);
      },
      "sparse initializers are not supported");
}

TEST(Hostile, GraphsThatAreNone) {
  const auto rename = [](int node, int input, const char* name) {
    return [=](onnx::GraphProto& graph) {
      graph.mutable_node(node)->set_input(input, name);
    };
  };
  const onnx::GraphProto graph = LenetModel().graph();
  // A cycle: the first node reads the last one's output, or its own.
  ExpectEditRefused(rename(0, 0, graph.output(0).name().c_str()),
                    "which no earlier node makes");
  ExpectEditRefused(rename(1, 0, graph.node(1).output(0).c_str()),
                    "which no earlier node makes");
  ExpectEditRefused(rename(2, 0, "nowhere"), "reads 'nowhere'");
  ExpectEditRefused(rename(0, 1, "input"), "must be a constant");
  ExpectEditRefused(rename(1, 0, "w0"), "is a constant");
  for (const std::string& name :
       {graph.node(0).output(0), std::string("input"), std::string("w0")})
    ExpectEditRefused(
        [&](onnx::GraphProto& graph) {
          graph.mutable_node(1)->set_output(0, name);
        },
        absl::StrCat("defines '", name, "' again"));
  ExpectEditRefused(
      [](onnx::GraphProto& graph) {
        *graph.add_initializer() = graph.initializer(0);
      },
      "'w0' appears twice");
  ExpectEditRefused([](onnx::GraphProto& graph) { graph.clear_node(); },
                    "no node makes the model's output");
  ExpectEditRefused(
      [](onnx::GraphProto& graph) {
        graph.mutable_node(0)->set_name(std::string(1 << 20, '\x1b'));
        graph.mutable_node(0)->clear_input();
      },
      "node ' ");
  ExpectEditRefused(
      [](onnx::GraphProto& graph) {
        graph.mutable_node(0)->clear_input();
        graph.mutable_node(0)->clear_output();
      },
      "has no input 0");
}

TEST(Hostile, UnknownOperators) {
  const auto type = [](const char* type, const char* domain) {
    return [=](onnx::GraphProto& graph) {
      graph.mutable_node(1)->set_op_type(type);
      graph.mutable_node(1)->set_domain(domain);
    };
  };
  ExpectEditRefused(type("Clip", ""), "(Clip): operator is not supported");
  ExpectEditRefused(type("Relu", "com.example"), "operator is not supported");
  ExpectEditRefused(type("", ""), "operator is not supported");
  ExpectEditRefused(
      [&](onnx::GraphProto& graph) {
        type("If", "")(graph);
        onnx::AttributeProto& branch = *graph.mutable_node(1)->add_attribute();
        branch.set_name("then_branch");
        branch.mutable_g()->add_node()->set_op_type("Relu");
      },
      "(If): operator is not supported; supported are Add,");
}

TEST(Hostile, TruncatedFiles) {
  const std::string whole = LenetModel().SerializeAsString();
  int read = 0;
  for (size_t size = 0; size < whole.size(); size += 64)
    read += ReadOnnx(whole.substr(0, size)).ok();
  EXPECT_LE(read, 2);  // the metadata comes last
  for (size_t size = 0; size < whole.size() * 9 / 10; size += whole.size() / 8)
    ExpectRefused(whole.substr(0, size), "");
  ExpectRefused(std::string(1 << 20, '\xff'), "not an ONNX model");
  ExpectRefused(std::string(1 << 20, '\0'), "not an ONNX model");
}

// 2 bytes of a file become a message of 200.
TEST(Hostile, MillionsOfParts) {
  constexpr size_t kMany = 1'000'000;
  ExpectRefused(WithGraphFields(Repeated(Delimited(1, ""), kMany)),
                "too many nodes, attributes or other parts");
  const std::string relu =
      Delimited(1, "input") + Delimited(2, "x") + Delimited(4, "Relu");
  ExpectRefused(WithGraphFields(Repeated(Delimited(1, relu), kMany)),
                "too many nodes, attributes or other parts");
  ExpectRefused(WithGraphFields(Repeated(Delimited(5, ""), kMany)),
                "too many nodes, attributes or other parts");
  ExpectRefused(WithGraphFields(Repeated(Delimited(11, ""), kMany)),
                "too many nodes, attributes or other parts");
  ExpectRefused(
      WithGraphFields(Repeated(Delimited(13, Delimited(2, "")), kMany)),
      "too many nodes, attributes or other parts");
  ExpectRefused(WithGraphFields(Delimited(
                    1, Delimited(5, Delimited(8, std::string(20'000'000, 1))))),
                "too many nodes, attributes or other parts");
}

// Nodes in numbers that are still parsed, each of which reads all before.
TEST(Hostile, ThousandsOfNodes) {
  TestingModel model;
  std::string value = model.Node("GlobalAveragePool", {"input"});
  for (int i = 0; i < 12000; ++i) value = model.Node("Relu", {value});
  ExpectRefused(model.Finish(value).SerializeAsString(), "limits: 10000 nodes");
}

TEST(Hostile, DeeplyNestedGraphs) {
  std::string graph;
  for (int depth = 0; depth < 2000; ++depth)
    graph = Delimited(1, Delimited(5, Delimited(6, graph)));
  ExpectRefused(WithGraphFields(graph), "not an ONNX model");
}

TEST(Hostile, SmallFilesOfLargeNets) {
  TestingModel shared;
  std::string value = shared.Conv("input", 3, 256, 1, 1, 0);
  const std::string weights = shared.Random({256, 256, 1, 1}, 0.1f);
  for (int i = 0; i < 1000; ++i) value = shared.Node("Conv", {value, weights});
  ExpectRefused(shared.Finish(value).SerializeAsString(), "shares its weights");

  TestingModel wide;
  value = wide.Conv("input", 3, 20000, 1, 1, 0);
  ExpectRefused(wide.Finish(value).SerializeAsString(),
                "limits: 10000 nodes, "
                "2^24 elements");

  TestingModel slow;
  value = slow.MaxPool("input", 32, 1);
  SetInts(slow.last_node(), "pads", {31, 31, 31, 31});
  for (int i = 0; i < 20; ++i) {
    value = slow.MaxPool(value, 30000, 1);
    SetInts(slow.last_node(), "pads", {29999, 29999, 29999, 29999});
  }
  ExpectRefused(slow.Finish(value).SerializeAsString(), "too large");
}

TEST(Hostile, WrongInputsAndOutputs) {
  const auto type = [](onnx::GraphProto& graph) {
    return graph.mutable_input(0)->mutable_type()->mutable_tensor_type();
  };
  ExpectEditRefused(
      [&](onnx::GraphProto& graph) { type(graph)->set_elem_type(10); },
      "must be float [N,3,32,32]");
  ExpectEditRefused(
      [&](onnx::GraphProto& graph) {
        type(graph)->mutable_shape()->mutable_dim(3)->set_dim_value(-32);
      },
      "must be float [N,3,32,32]");
  ExpectEditRefused(
      [&](onnx::GraphProto& graph) {
        type(graph)->mutable_shape()->mutable_dim(0)->set_dim_value(-1);
      },
      "must be float [N,3,32,32]");
  ExpectEditRefused([](onnx::GraphProto& graph) { graph.clear_output(); },
                    "has 0 outputs");
  ExpectEditRefused(
      [](onnx::GraphProto& graph) { *graph.add_input() = graph.input(0); },
      "two inputs");
  ExpectEditRefused(
      [](onnx::GraphProto& graph) {
        graph.mutable_output(0)->set_name(graph.node(0).output(0));
      },
      "expected 10 logits");
}

TEST(Hostile, AHugeSparseFile) {
  const std::string path = WriteModel("");
  std::filesystem::resize_file(path, uint64_t{1} << 30);
  ExpectFileRefused(path, "is larger than");
  std::filesystem::resize_file(path, uint64_t{1} << 40);
  ExpectFileRefused(path, "is larger than");
}

TEST(Hostile, ExternalDataElsewhere) {
  const auto locate = [](const std::string& location) {
    return [=](onnx::TensorProto& t) {
      t.set_data_location(onnx::TensorProto::EXTERNAL);
      t.clear_raw_data();
      onnx::StringStringEntryProto& entry = *t.add_external_data();
      entry.set_key("location");
      entry.set_value(location);
    };
  };
  ExpectTensorRefused(locate("/etc/passwd"), "inside the model's folder");
  ExpectTensorRefused(locate("../../etc/passwd"), "inside the model's folder");
  ExpectTensorRefused(locate("absent"), "cannot be opened");
  onnx::ModelProto model = LenetModel();
  locate("data")(*model.mutable_graph()->mutable_initializer(0));
  const std::string path = WriteModel(model.SerializeAsString());
  const std::string data =
      std::filesystem::path(path).parent_path().string() + "/data";
  std::filesystem::create_symlink("/etc/passwd", data);
  ExpectFileRefused(path, "is a link out of the model's folder");
  std::filesystem::remove(data);
  ASSERT_TRUE(WriteFileAtomically(data, "short").ok());
  ExpectFileRefused(path, "tensor 'w0' [6,3,5,5] holds 1 elements");
  std::filesystem::resize_file(data, uint64_t{1} << 40);
  ExpectFileRefused(path, "is larger than");
}

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

TEST(Hostile, SumsThatOverflow) {
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
TEST(Hostile, EnormousBiasesAndMultipliers) {
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
TEST(Hostile, EnormousScales) {
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
TEST(Hostile, ReluStoredSymmetrically) {
  QuantizedGraph graph = TestingQuantized(LenetModel(), false);
  for (int value : {2, 3}) graph.encodings[value]->zero_point = 128;
  ExpectRefused(QdqBytes(graph),
                "node 'Relu3' (Relu): must be stored with zero point 0 (-128 "
                "in s8), not 128 (0); quantise activations asymmetrically");
}

// A float bias of any size makes weights coarser, and an infinite value is
// refused.
TEST(Hostile, EnormousFloatBiases) {
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

TEST(HostileNets, DamagedFiles) {
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

TEST(HostileNets, AHugeSparseFile) {
  const std::string path = NewTestFolder() + "/net.lsq";
  const std::string bytes = EncodeNet({Net(), {}});
  EXPECT_TRUE(WriteFileAtomically(path, bytes).ok());
  std::filesystem::resize_file(path, uint64_t{100} << 20);
  ExpectFileRefused(path, "not a whole .lsq file");
  std::filesystem::resize_file(path, uint64_t{1} << 40);
  ExpectFileRefused(path, "not a regular file of at most");
}

// Small files with a good CRC that say to be large nets.
TEST(HostileNets, SmallFilesOfLargeNets) {
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
TEST(HostileNets, NetsThatCannotRun) {
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
TEST(HostileNets, AWideLayerInALargeBatchRuns) {
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
