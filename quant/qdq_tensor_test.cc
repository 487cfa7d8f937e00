#include "quant/qdq_tensor.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/onnx_write.h"

namespace lockstep::quant {
namespace {

using onnx::TensorProto;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A DequantizeLinear of the 2x3 constant 0 ... 5 and the constants it reads.
class QdqTensor : public ::testing::Test {
 protected:
  QdqTensor() {
    AddTensor(graph_, "q", TensorProto::INT8, {2, 3},
              RawData(std::vector<int8_t>{0, 1, 2, 3, 4, 5}));
    AddNode(graph_, "DequantizeLinear", "made", {"q", "scale", "zero"});
  }

  void AddScale(const std::vector<float>& scale) {
    AddTensor(graph_, "scale", TensorProto::FLOAT, {int64_t(scale.size())},
              RawData(scale));
  }

  void AddZero(TensorProto::DataType type, const std::string& raw) {
    AddTensor(graph_, "zero", type, {int64_t(raw.size())}, raw);
  }

  absl::StatusOr<DequantizedConstant> Read() {
    Import import;
    for (const TensorProto& tensor : graph_.initializer())
      import.names[tensor.name()] = {&tensor};
    return ReadDequantized(graph_.node(0), graph_.initializer(0), import);
  }

  std::string Error() { return std::string(Read().status().message()); }

  onnx::NodeProto& node() { return *graph_.mutable_node(0); }
  TensorProto& q() { return *graph_.mutable_initializer(0); }

 private:
  onnx::GraphProto graph_;
};

TEST_F(QdqTensor, OneScaleServesAll) {
  AddScale({0.5f});
  node().mutable_input()->RemoveLast();
  const auto made = Read();
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->floats.name(), "made");
  EXPECT_THAT(made->floats.float_data(), ElementsAre(0, 0.5, 1, 1.5, 2, 2.5));
  EXPECT_THAT(made->floats.dims(), ElementsAre(2, 3));
  EXPECT_THAT(made->scale, ElementsAre(0.5f));
}

TEST_F(QdqTensor, AScaleForEachIndexOfAnAxis) {
  AddScale({1, 10});
  AddZero(TensorProto::INT8, std::string(2, '\0'));
  SetInt(node(), "axis", -2);
  auto made = Read();
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_THAT(made->floats.float_data(), ElementsAre(0, 1, 2, 30, 40, 50));
  EXPECT_EQ(made->axis, 0);
  EXPECT_EQ(made->type, TensorProto::INT8);
}

TEST_F(QdqTensor, TheDefaultAxisIsOne) {
  AddScale({1, 10, 100});
  AddZero(TensorProto::INT8, std::string(3, '\0'));
  const auto made = Read();
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_THAT(made->floats.float_data(), ElementsAre(0, 10, 200, 3, 40, 500));
}

TEST_F(QdqTensor, SymmetricU8BecomesS8) {
  q().set_data_type(TensorProto::UINT8);
  AddScale({2});
  AddZero(TensorProto::UINT8, "\x80");
  const auto made = Read();
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_THAT(made->codes, ElementsAre(-128, -127, -126, -125, -124, -123));
  EXPECT_EQ(made->floats.float_data(0), -256);
  EXPECT_EQ(made->type, TensorProto::INT8);
}

TEST_F(QdqTensor, TypedDataAndInt32) {
  q().set_data_type(TensorProto::INT32);
  q().clear_raw_data();
  for (int i = 0; i < 6; ++i) q().add_int32_data(-100000 * i);
  AddScale({1});
  AddZero(TensorProto::INT32, std::string(4, '\0'));
  q().set_name("q");
  node().mutable_input()->RemoveLast();
  const auto made = Read();
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->codes[5], -500000);
}

TEST_F(QdqTensor, RefusesZeroPoints) {
  AddScale({1});
  AddZero(TensorProto::INT8, "\x03");
  EXPECT_THAT(Error(), HasSubstr("zero point 3 of a constant must be 0"));
  q().set_data_type(TensorProto::UINT8);
  EXPECT_THAT(Error(), HasSubstr("another type"));
  node().mutable_input()->RemoveLast();
  EXPECT_THAT(Error(), HasSubstr("zero point 0 of a constant must be 128"));
}

TEST_F(QdqTensor, RefusesAxes) {
  AddScale({1, 2});
  AddZero(TensorProto::INT8, std::string(2, '\0'));
  EXPECT_THAT(Error(), HasSubstr("has 2 scales for axis 1 of 'q' [2,3]"));
  SetInt(node(), "axis", 7);
  EXPECT_THAT(Error(), HasSubstr("axis 7"));
}

TEST_F(QdqTensor, RefusesBlocksAndUnknownAttributes) {
  AddScale({1});
  AddZero(TensorProto::INT8, std::string(1, '\0'));
  SetInt(node(), "block_size", 32);
  EXPECT_THAT(Error(), HasSubstr("node 'made' (DequantizeLinear): attribute "
                                 "'block_size' is not supported"));
}

TEST_F(QdqTensor, RefusesOtherTypes) {
  AddScale({1});
  AddZero(TensorProto::INT16, std::string(2, '\0'));
  EXPECT_THAT(Error(), HasSubstr("has data type 5"));
}

TEST_F(QdqTensor, RefusesBadScales) {
  AddScale({-1});
  AddZero(TensorProto::INT8, std::string(1, '\0'));
  EXPECT_THAT(Error(), HasSubstr("positive, finite"));
}

}  // namespace
}  // namespace lockstep::quant
