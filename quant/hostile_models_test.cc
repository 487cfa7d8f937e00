// Models that no exporter writes: the real program refuses each as
// testing_hostile.h says.

#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "quant/onnx_reader.h"
#include "quant/testing_hostile.h"
#include "quant/testing_models.h"
#include "tools/cli/file.h"

namespace lockstep::quant {
namespace {

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

}  // namespace
}  // namespace lockstep::quant
