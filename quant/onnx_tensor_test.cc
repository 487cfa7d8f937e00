// The forms in which a file may hold a tensor.

#include "quant/onnx_tensor.h"

#include <string>
#include <vector>

#include "Eigen/Core"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/onnx_reader.h"
#include "quant/testing_models.h"

namespace lockstep::quant {
namespace {

using ::testing::DoubleNear;
using ::testing::Pointwise;

// The logits of an image of ones.
std::vector<double> Output(const onnx::ModelProto& proto) {
  const auto model = ReadOnnx(proto.SerializeAsString());
  EXPECT_TRUE(model.ok()) << model.status();
  if (!model.ok()) return {};
  return RunNaively(model->graph,
                    std::vector<float>(3072, 1.0f))[model->graph.output];
}

// Every float initializer of a small net in another form.
template <typename Rewrite>
onnx::ModelProto Rewritten(const Rewrite& rewrite) {
  onnx::ModelProto model = LenetModel();
  for (onnx::TensorProto& tensor :
       *model.mutable_graph()->mutable_initializer()) {
    const std::string raw = tensor.raw_data();
    const auto* values = reinterpret_cast<const float*>(raw.data());
    tensor.clear_raw_data();
    rewrite(std::vector<float>(values, values + raw.size() / sizeof(float)),
            tensor);
  }
  return model;
}

TEST(OnnxTensor, TypedAndRawDataOfEveryFloatType) {
  const std::vector<double> expected = Output(LenetModel());
  EXPECT_EQ(Output(Rewritten([](const std::vector<float>& values,
                                onnx::TensorProto& tensor) {
              for (float value : values) tensor.add_float_data(value);
            })),
            expected);
  EXPECT_EQ(Output(Rewritten([](const std::vector<float>& values,
                                onnx::TensorProto& tensor) {
              tensor.set_data_type(onnx::TensorProto::DOUBLE);
              for (float value : values) tensor.add_double_data(value);
            })),
            expected);
  EXPECT_EQ(Output(Rewritten([](const std::vector<float>& values,
                                onnx::TensorProto& tensor) {
              tensor.set_data_type(onnx::TensorProto::DOUBLE);
              tensor.set_raw_data(
                  RawData(std::vector<double>(values.begin(), values.end())));
            })),
            expected);
  const auto half = [](bool typed) {
    return Output(Rewritten([=](const std::vector<float>& values,
                                onnx::TensorProto& tensor) {
      tensor.set_data_type(onnx::TensorProto::FLOAT16);
      std::vector<uint16_t> bits;
      for (float value : values)
        bits.push_back(
            Eigen::numext::bit_cast<uint16_t>(static_cast<Eigen::half>(value)));
      if (!typed) tensor.set_raw_data(RawData(bits));
      for (uint16_t b : bits)
        if (typed) tensor.add_int32_data(b);
    }));
  };
  EXPECT_EQ(half(true), half(false));
  // A half has 11 bits; the net's logits are of the order of 1.
  EXPECT_THAT(half(true), Pointwise(DoubleNear(1e-2), expected));
}

// 450 floats in fields of their own and a graph in two parts, as parsers must
// accept.
TEST(OnnxTensor, UnpackedNumbers) {
  onnx::ModelProto model = LenetModel();
  onnx::TensorProto tensor = model.graph().initializer(0);
  model.mutable_graph()->mutable_initializer()->DeleteSubrange(0, 1);
  const std::string raw = tensor.raw_data();
  tensor.clear_raw_data();
  std::string bytes = tensor.SerializeAsString();
  for (size_t i = 0; i < raw.size(); i += 4)
    bytes += '\x25' + raw.substr(i, 4);  // float_data: field 4, 32 bits
  const auto read =
      ReadOnnx(model.SerializeAsString() + Delimited(7, Delimited(5, bytes)));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->graph.nodes[0].weights,
            ReadOnnx(LenetModel().SerializeAsString())->graph.nodes[0].weights);
}

TEST(OnnxTensor, InitializersAlsoListedAsInputs) {
  onnx::ModelProto model = LenetModel();
  for (const onnx::TensorProto& tensor : model.graph().initializer())
    model.mutable_graph()->add_input()->set_name(tensor.name());
  EXPECT_EQ(Output(model), Output(LenetModel()));
}

TEST(Describe, ShowsTheFirstDims) {
  onnx::TensorProto tensor;
  tensor.set_name("w");
  for (int i = 0; i < 8; ++i) tensor.add_dims(i);
  EXPECT_EQ(Describe(tensor), "'w' [0,1,2,3,4,5,6,7]");
  tensor.add_dims(8);
  EXPECT_EQ(Describe(tensor), "'w' [0,1,2,3,4,5,6,7,...]");
}

}  // namespace
}  // namespace lockstep::quant
