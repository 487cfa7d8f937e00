#include "train/model/net_spec.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

TEST(NetSpec, ParameterCountsAreThePublishedOnes) {
  EXPECT_EQ(ParameterCount(*MakeNetSpec("resnet18")), 11173962);
  EXPECT_EQ(ParameterCount(*MakeNetSpec("resnet20")), 272474);
  EXPECT_EQ(ParameterCount(*MakeNetSpec("lenet")), 62006);
}

TEST(NetSpec, Resnet18Has62ParameterTensorsAnd40Buffers) {
  int parameters = 0, buffers = 0;
  for (const TensorSpec& tensor : TensorsOf(*MakeNetSpec("resnet18")))
    ++(tensor.trainable ? parameters : buffers);
  EXPECT_EQ(parameters, 62);
  EXPECT_EQ(buffers, 40);
}

TEST(NetSpec, NodesOnlyUseEarlierValues) {
  for (const std::string& name : NetNames()) {
    const NetSpec spec = *MakeNetSpec(name);
    for (size_t i = 0; i < spec.nodes.size(); ++i)
      for (int input : spec.nodes[i].inputs) EXPECT_LE(input, i) << name;
  }
}

// 20 batch norms with 2 vectors each become 20 biases of the convolutions.
TEST(NetSpec, WithoutBatchNormConvolutionsHaveBiases) {
  const NetSpec plain = WithoutBatchNorm(*MakeNetSpec("resnet18"));
  EXPECT_EQ(ParameterCount(plain), 11173962 - 4800);
  int convolutions = 0;
  for (size_t i = 0; i < plain.nodes.size(); ++i) {
    const NodeSpec& node = plain.nodes[i];
    EXPECT_NE(node.op, Op::kBatchNorm);
    for (int input : node.inputs) EXPECT_LE(input, i);
    if (node.op != Op::kConv) continue;
    EXPECT_TRUE(node.bias) << node.name;
    ++convolutions;
  }
  EXPECT_EQ(convolutions, 20);
  EXPECT_EQ(ParameterCount(WithoutBatchNorm(*MakeNetSpec("lenet"))), 62006);
}

TEST(NetSpec, UnknownNameListsTheNets) {
  EXPECT_THAT(MakeNetSpec("vgg").status().message(),
              HasSubstr("expected one of resnet18, resnet20, lenet"));
}

}  // namespace
}  // namespace lockstep
