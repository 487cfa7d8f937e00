// The spellings of operators: every one computes what the plainest one does, or
// is refused with the node's name.

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/onnx_reader.h"
#include "quant/testing_models.h"

namespace lockstep::quant {
namespace {

using ::testing::DoubleNear;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pointwise;

using Build = std::function<std::string(TestingModel& model)>;

onnx::ModelProto Model(const Build& build, int opset = 13) {
  TestingModel model;
  onnx::ModelProto proto = model.Finish(build(model));
  proto.mutable_opset_import(0)->set_version(opset);
  return proto;
}

// The logits of an image that is a wave.
std::vector<double> Output(const onnx::ModelProto& proto) {
  const auto model = ReadOnnx(proto.SerializeAsString());
  EXPECT_TRUE(model.ok()) << model.status();
  if (!model.ok()) return {};
  std::vector<float> image;
  for (int i = 0; i < 3072; ++i) image.push_back(std::sin(0.1f * i));
  return RunNaively(model->graph, image)[model->graph.output];
}

std::vector<double> Output(const Build& build, int opset = 13) {
  return Output(Model(build, opset));
}

std::string Error(const Build& build, int opset = 13) {
  const auto bytes = Model(build, opset).SerializeAsString();
  return std::string(ReadOnnx(bytes).status().message());
}

onnx::AttributeProto& Attribute(TestingModel& m, const std::string& name,
                                onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto& attribute = *m.last_node().add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

void SetFloat(TestingModel& m, const std::string& name, float value) {
  Attribute(m, name, onnx::AttributeProto::FLOAT).set_f(value);
}

void SetString(TestingModel& m, const std::string& name,
               const std::string& value) {
  Attribute(m, name, onnx::AttributeProto::STRING).set_s(value);
}

// An int64 initializer.
std::string Ints(TestingModel& m, const std::vector<int64_t>& values) {
  return AddTensor(m.graph(), "ints" + std::to_string(m.graph().node_size()),
                   onnx::TensorProto::INT64, {int64_t(values.size())},
                   RawData(values));
}

// 4 channels of 8x8.
std::string Trunk(TestingModel& m) {
  return m.Node("Relu", {m.Conv("input", 3, 4, 4, 4, 0)});
}

// From a 4x1x1 mean to logits.
std::string Head(TestingModel& m, const std::string& value) {
  return m.Gemm(value, 4, 10);
}

std::string Mean(TestingModel& m) {
  return m.Node("GlobalAveragePool", {Trunk(m)});
}

TEST(Operators, WaysToFlatten) {
  const auto expected =
      Output([](TestingModel& m) { return Head(m, m.Flatten(Mean(m))); });
  const auto reshape = [](std::vector<int64_t> to, int64_t batch = 0) {
    onnx::ModelProto model = Model([&](TestingModel& m) {
      const std::string value = Mean(m);
      return Head(m, m.Node("Reshape", {value, Ints(m, to)}));
    });
    if (batch > 0)
      model.mutable_graph()
          ->mutable_input(0)
          ->mutable_type()
          ->mutable_tensor_type()
          ->mutable_shape()
          ->mutable_dim(0)
          ->set_dim_value(batch);
    return model;
  };
  EXPECT_EQ(Output(reshape({-1, 4})), expected);
  EXPECT_EQ(Output(reshape({0, -1})), expected);
  EXPECT_EQ(Output(reshape({0, 4})), expected);
  EXPECT_EQ(Output(reshape({0, 0})), expected);
  EXPECT_EQ(Output(reshape({1, -1})), expected);
  EXPECT_EQ(Output(reshape({1, -1}, 1)), expected);
  EXPECT_EQ(Output(reshape({8, 4}, 8)), expected);
  for (const auto& model :
       {reshape({1, -1}, 8), reshape({8, 4}), reshape({-1, -1}),
        reshape({-1, 5}), reshape({0, 3}), reshape({2, 2}), reshape({}),
        reshape({0, -2}), reshape({4})})
    EXPECT_THAT(ReadOnnx(model.SerializeAsString()).status().message(),
                HasSubstr("must flatten to [-1,4], not to ["));
  EXPECT_EQ(Output([](TestingModel& m) {
              const std::string value =
                  m.Node("Reshape", {Mean(m), Ints(m, {0, 0, 1, -1})});
              return Head(m, m.Flatten(value));
            }),
            expected);
  EXPECT_THAT(Error([](TestingModel& m) {
                m.Node("Reshape", {Mean(m), Ints(m, {0, -1})});
                SetInt(m.last_node(), "allowzero", 1);
                return Head(m, m.last_node().output(0));
              }),
              HasSubstr("must flatten"));
}

TEST(Operators, WaysToTakeAwayTheMap) {
  const auto expected =
      Output([](TestingModel& m) { return Head(m, m.Flatten(Mean(m))); });
  EXPECT_EQ(Output(
                [](TestingModel& m) {
                  m.Node("Squeeze", {Mean(m)});
                  SetInts(m.last_node(), "axes", {-1, 2});
                  return Head(m, m.last_node().output(0));
                },
                11),
            expected);
  EXPECT_EQ(Output([](TestingModel& m) {
              const std::string value = Mean(m);
              return Head(m, m.Node("Squeeze", {value, Ints(m, {2, 3})}));
            }),
            expected);
  EXPECT_THAT(
      Error([](TestingModel& m) { return m.Node("Squeeze", {Mean(m)}); }),
      HasSubstr("must take axes 2 and 3"));
  EXPECT_THAT(Error([](TestingModel& m) {
                const std::string value = Trunk(m);
                return m.Node("Squeeze", {value, Ints(m, {2, 3})});
              }),
              HasSubstr("must take axes 2 and 3"));
}

TEST(Operators, ReduceMean) {
  const auto expected =
      Output([](TestingModel& m) { return Head(m, m.Flatten(Mean(m))); });
  const auto attribute = [](std::vector<int64_t> axes) {
    return [=](TestingModel& m) {
      m.Node("ReduceMean", {Trunk(m)});
      SetInts(m.last_node(), "axes", axes);
      SetInt(m.last_node(), "keepdims", 0);
      return Head(m, m.last_node().output(0));
    };
  };
  EXPECT_EQ(Output(attribute({2, 3}), 13), expected);
  EXPECT_EQ(Output(attribute({-1, -2}), 13), expected);
  EXPECT_THAT(Error(attribute({1}), 13), HasSubstr("must reduce axes 2 and 3"));
  EXPECT_EQ(Output(
                [](TestingModel& m) {
                  const std::string value = Trunk(m);
                  return Head(m, m.Flatten(m.Node("ReduceMean",
                                                  {value, Ints(m, {-1, 2})})));
                },
                18),
            expected);
  const Build without_axes = [](TestingModel& m) {
    const std::string value = m.Node("ReduceMean", {Trunk(m)});
    return Head(m, m.Flatten(m.Node("GlobalAveragePool", {value})));
  };
  EXPECT_THAT(Error(without_axes, 18), HasSubstr("must reduce axes"));
  EXPECT_EQ(Output(
                [](TestingModel& m) {
                  m.Node("ReduceMean", {Trunk(m)});
                  SetInt(m.last_node(), "noop_with_empty_axes", 1);
                  const std::string value = m.last_node().output(0);
                  return Head(m,
                              m.Flatten(m.Node("GlobalAveragePool", {value})));
                },
                18),
            expected);
}

// A pool of Trunk's 8x8 map, and what makes logits of 4 x `side` x `side`.
Build Pool(
    const std::string& type, int kernel, int stride, int side,
    const std::function<void(TestingModel&)>& edit = [](auto&) {}) {
  return [=](TestingModel& m) {
    m.Node(type, {Trunk(m)});
    SetInts(m.last_node(), "kernel_shape", {kernel, kernel});
    SetInts(m.last_node(), "strides", {stride, stride});
    edit(m);
    const std::string value = m.last_node().output(0);
    return m.Gemm(m.Flatten(value), 4 * side * side, 10);
  };
}

TEST(Operators, AveragePool) {
  const auto model =
      ReadOnnx(Model(Pool("AveragePool", 2, 2, 4)).SerializeAsString());
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->graph.nodes[2].op, Op::kAveragePool);
  const auto pads = [](TestingModel& m) {
    SetInts(m.last_node(), "pads", {1, 1, 1, 1});
  };
  EXPECT_THAT(Error(Pool("AveragePool", 3, 2, 4, pads)),
              HasSubstr("count_include_pad=1"));
  // 3x3 windows from -1 on are what SAME_LOWER means for 8 pixels, stride 1.
  const auto counted = [&](TestingModel& m) {
    pads(m);
    SetInt(m.last_node(), "count_include_pad", 1);
  };
  const auto automatic = [&](TestingModel& m) {
    SetString(m, "auto_pad", "SAME_LOWER");
    SetInt(m.last_node(), "count_include_pad", 1);
  };
  EXPECT_EQ(Output(Pool("AveragePool", 3, 1, 8, counted)),
            Output(Pool("AveragePool", 3, 1, 8, automatic)));
}

TEST(Operators, WholeMapAveragePoolIsGlobal) {
  const auto model =
      ReadOnnx(Model(Pool("AveragePool", 8, 8, 1)).SerializeAsString());
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->graph.nodes[2].op, Op::kGlobalAveragePool);
}

TEST(Operators, CeilModeWhereItChangesNothing) {
  const auto ceil = [](TestingModel& m) {
    SetInt(m.last_node(), "ceil_mode", 1);
  };
  for (const char* type : {"MaxPool", "AveragePool"}) {
    EXPECT_EQ(Output(Pool(type, 2, 2, 4, ceil)), Output(Pool(type, 2, 2, 4)));
    EXPECT_THAT(Error(Pool(type, 3, 2, 3, ceil)), HasSubstr("ceil_mode=1"));
  }
}

// A stride-2 convolution of 3x3 over 32x32, padded as `set` says.
Build PaddedConv(const std::function<void(TestingModel&)>& set, int side = 16) {
  return [=](TestingModel& m) {
    const std::string weights = m.Random({4, 3, 3, 3}, 0.2f);
    m.Node("Conv", {"input", weights});
    SetInts(m.last_node(), "strides", {2, 2});
    set(m);
    const std::string value = m.last_node().output(0);
    return m.Gemm(m.Flatten(value), 4 * side * side, 10);
  };
}

TEST(Operators, AutoPad) {
  const auto pads = [](std::vector<int64_t> pads) {
    return [=](TestingModel& m) { SetInts(m.last_node(), "pads", pads); };
  };
  const auto automatic = [](const char* how) {
    return [=](TestingModel& m) { SetString(m, "auto_pad", how); };
  };
  // 16 outputs of stride 2 reach 33 pixels: one of padding, where it says.
  EXPECT_EQ(Output(PaddedConv(automatic("SAME_UPPER"))),
            Output(PaddedConv(pads({0, 0, 1, 1}))));
  EXPECT_EQ(Output(PaddedConv(automatic("SAME_LOWER"))),
            Output(PaddedConv(pads({1, 1, 0, 0}))));
  EXPECT_EQ(Output(PaddedConv(automatic("VALID"), 15)),
            Output(PaddedConv(pads({0, 0, 0, 0}), 15)));
  EXPECT_THAT(Error(PaddedConv(automatic("SAME"))), HasSubstr("'SAME'"));
  EXPECT_THAT(Error(PaddedConv([&](TestingModel& m) {
                automatic("VALID")(m);
                pads({1, 1, 1, 1})(m);
              })),
              HasSubstr("both auto_pad and pads"));
}

// A Gemm with alpha and beta, or without its third input.
TEST(Operators, Gemm) {
  const auto gemm = [](float alpha, float beta,
                       const std::vector<int64_t>& bias_dims) {
    return Output([&](TestingModel& m) {
      const std::string value = m.Flatten(Mean(m));
      const std::string weights = m.Random({10, 4}, 1);
      std::vector<std::string> inputs = {value, weights};
      if (!bias_dims.empty()) inputs.push_back(m.Random(bias_dims, 1));
      m.Node("Gemm", inputs);
      SetInt(m.last_node(), "transB", 1);
      SetFloat(m, "alpha", alpha);
      SetFloat(m, "beta", beta);
      return m.last_node().output(0);
    });
  };
  const auto matrix = gemm(1, 1, {}), sum = gemm(1, 1, {10}),
             scaled = gemm(2, -0.5f, {1, 10});
  for (size_t i = 0; i < 10; ++i)
    EXPECT_NEAR(scaled[i], 2 * matrix[i] - 0.5 * (sum[i] - matrix[i]), 1e-6);
  const auto one = gemm(1, 1, {1});
  for (size_t i = 0; i < 10; ++i)
    EXPECT_NEAR(one[i] - matrix[i], one[0] - matrix[0], 1e-6);
  EXPECT_THAT(Error([](TestingModel& m) {
                m.Gemm(m.Flatten(Mean(m)), 4, 10);
                SetInt(m.last_node(), "transA", 1);
                return m.last_node().output(0);
              }),
              HasSubstr("transA must be 0"));
}

TEST(Operators, MatMulAndAdd) {
  const auto with = [](const std::vector<int64_t>& bias_dims, bool first) {
    return [=](TestingModel& m) {
      const std::string value = m.Flatten(Mean(m));
      const std::string matrix = m.Random({4, 10}, 1);
      const std::string bias = m.Random(bias_dims, 1);
      if (first) return m.Node("Gemm", {value, matrix, bias});
      const std::string product = m.Node("MatMul", {value, matrix});
      const bool reverse = bias_dims.size() == 2;
      return m.Node("Add", reverse ? std::vector<std::string>{bias, product}
                                   : std::vector<std::string>{product, bias});
    };
  };
  const auto expected = Output(with({10}, true));
  // The bias enters the sum first in one and last in the other.
  EXPECT_THAT(Output(with({10}, false)), Pointwise(DoubleNear(1e-6), expected));
  EXPECT_THAT(Output(with({1, 10}, false)),
              Pointwise(DoubleNear(1e-6), expected));
  EXPECT_THAT(Error(with({10, 1}, false)), HasSubstr("must hold a number"));
  EXPECT_THAT(Error(with({4}, false)), HasSubstr("must hold a number"));
}

TEST(Operators, BiasOfAMapAsAdd) {
  const auto with = [](const std::vector<int64_t>& dims) {
    return [=](TestingModel& m) {
      const std::string value = m.Conv("input", 3, 4, 4, 4, 0);
      const std::string sum = m.Node("Add", {value, m.Random(dims, 1)});
      return m.Gemm(m.Flatten(sum), 256, 10);
    };
  };
  EXPECT_EQ(Output(with({1, 4, 1, 1})), Output(with({4, 1, 1})));
  EXPECT_THAT(Error(with({4})), HasSubstr("each of 4 channels"));
}

// Trunk's convolution with its weights from a Constant node that `fill`s.
TEST(Operators, Constants) {
  const auto scaled = [](const std::function<void(TestingModel&)>& fill) {
    return [=](TestingModel& m) {
      const std::string value = m.Flatten(Mean(m));
      const std::string constant = m.Node("Constant", {});
      fill(m);
      const std::string sum =
          m.Node("Add", {Head(m, value), m.Node("Identity", {constant})});
      return sum;
    };
  };
  const auto expected = Output(scaled([](TestingModel& m) {
    onnx::TensorProto& t =
        *Attribute(m, "value", onnx::AttributeProto::TENSOR).mutable_t();
    t.set_data_type(onnx::TensorProto::FLOAT);
    t.add_float_data(0.25f);
  }));
  EXPECT_EQ(Output(scaled(
                [](TestingModel& m) { SetFloat(m, "value_float", 0.25f); })),
            expected);
  EXPECT_EQ(Output(scaled([](TestingModel& m) {
              Attribute(m, "value_floats", onnx::AttributeProto::FLOATS)
                  .add_floats(0.25f);
            })),
            expected);
  EXPECT_THAT(Error(scaled([](TestingModel& m) {
                SetInt(m.last_node(), "value_int", 1);
              })),
              HasSubstr("elements of type INT64"));
  EXPECT_THAT(Error(scaled([](TestingModel&) {})), HasSubstr("one attribute"));
  EXPECT_EQ(
      Output([](TestingModel& m) {
        const std::string value = Mean(m);
        const std::string to = m.Node("Constant", {});
        SetInts(m.last_node(), "value_ints", {0, -1});
        return Head(m, m.Node("Reshape", {value, to}));
      }),
      Output([](TestingModel& m) { return Head(m, m.Flatten(Mean(m))); }));
}

TEST(Operators, DropoutAndCastAreSkipped) {
  const auto with = [](char training) {
    return [=](TestingModel& m) {
      const std::string value = m.Flatten(Mean(m));
      const std::string ratio = m.Random({}, 1);
      const std::string flag = AddTensor(
          m.graph(), "training", onnx::TensorProto::BOOL, {}, {training});
      const std::string kept = m.Node("Dropout", {value, ratio, flag});
      m.Node("Cast", {kept});
      SetInt(m.last_node(), "to", onnx::TensorProto::FLOAT);
      return Head(m, m.last_node().output(0));
    };
  };
  EXPECT_EQ(Output(with(0)).size(), 10);
  EXPECT_THAT(Error(with(1)), HasSubstr("training mode"));
  EXPECT_THAT(Error([](TestingModel& m) {
                m.Node("Cast", {Mean(m)});
                SetInt(m.last_node(), "to", onnx::TensorProto::FLOAT16);
                return m.last_node().output(0);
              }),
              HasSubstr("must be to FLOAT"));
}

TEST(Operators, SoftmaxAtTheEndIsSkipped) {
  const Build logits = [](TestingModel& m) {
    return Head(m, m.Flatten(Mean(m)));
  };
  for (const char* type : {"Softmax", "LogSoftmax"}) {
    const auto proto =
        Model([&](TestingModel& m) { return m.Node(type, {logits(m)}); });
    EXPECT_EQ(Output(proto), Output(logits));
    EXPECT_THAT(ReadOnnx(proto.SerializeAsString())->skipped_output,
                HasSubstr(std::string(type) + " '" + type));
  }
  EXPECT_THAT(ReadOnnx(Model(logits).SerializeAsString())->skipped_output,
              IsEmpty());
  EXPECT_THAT(Error([&](TestingModel& m) {
                return m.Node("Relu", {m.Node("Softmax", {logits(m)})});
              }),
              HasSubstr("must be the net's last node, but node 'Relu"));
  EXPECT_THAT(Error([&](TestingModel& m) {
                m.Node("Softmax", {logits(m)});
                SetInt(m.last_node(), "axis", 0);
                return m.last_node().output(0);
              }),
              HasSubstr("must be over the classes"));
  EXPECT_THAT(
      Error([&](TestingModel& m) { return m.Node("Softmax", {Trunk(m)}); }),
      HasSubstr("must be over the classes"));
}

TEST(Operators, NamesAnAttributeOfAnotherType) {
  EXPECT_THAT(Error([](TestingModel& m) {
                m.Conv("input", 3, 4, 4, 4, 0);
                m.last_node().mutable_attribute(0)->set_type(
                    onnx::AttributeProto::FLOAT);
                return m.last_node().output(0);
              }),
              HasSubstr("'kernel_shape' is of type FLOAT, expected INTS"));
}

TEST(Operators, SharedWeightsAreBounded) {
  const std::string error = Error([](TestingModel& m) {
    const std::string weights = m.Random({64, 64, 3, 3}, 0.1f);
    std::string value = m.Conv("input", 3, 64, 8, 8, 0);
    for (int i = 0; i < 40; ++i) {
      value = m.Node("Conv", {value, weights});
      SetInts(m.last_node(), "pads", {1, 1, 1, 1});
    }
    return value;
  });
  EXPECT_THAT(error, HasSubstr("shares its weights"));
}

}  // namespace
}  // namespace lockstep::quant
