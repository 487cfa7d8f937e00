#include "train/onnx_export.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "onnx/onnx.pb.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

NetValues SomeValues(const NetSpec& spec) {
  NetValues values;
  float next = 0;
  for (const TensorSpec& tensor : TensorsOf(spec)) {
    size_t elements = 1;
    for (int64_t dim : tensor.shape) elements *= dim;
    for (size_t i = 0; i < elements; ++i) values[tensor.name].push_back(next++);
  }
  return values;
}

bool SameNode(const NodeSpec& a, const NodeSpec& b) {
  return a.op == b.op && a.name == b.name && a.inputs == b.inputs &&
         a.in_channels == b.in_channels && a.out_channels == b.out_channels &&
         a.kernel == b.kernel && a.stride == b.stride &&
         a.padding == b.padding && a.bias == b.bias;
}

class OnnxExport : public ::testing::TestWithParam<const char*> {};

TEST_P(OnnxExport, LoadsBackTheSameNet) {
  const NetSpec spec = *MakeNetSpec(GetParam());
  const NetValues values = SomeValues(spec);
  const auto loaded = DecodeOnnx(EncodeOnnx(spec, values));
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->values, values);
  EXPECT_EQ(loaded->spec.name, spec.name);
  ASSERT_EQ(loaded->spec.nodes.size(), spec.nodes.size());
  for (size_t i = 0; i < spec.nodes.size(); ++i)
    EXPECT_TRUE(SameNode(loaded->spec.nodes[i], spec.nodes[i]))
        << spec.nodes[i].name;
}

INSTANTIATE_TEST_SUITE_P(All, OnnxExport,
                         ::testing::Values("resnet18", "resnet20", "lenet"));

TEST(OnnxExport, KeepsBatchNormAndSaysTheNormalisation) {
  const NetSpec spec = *MakeNetSpec("resnet18");
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(EncodeOnnx(spec, SomeValues(spec))));
  int convs = 0, norms = 0;
  for (const auto& node : model.graph().node()) {
    convs += node.op_type() == "Conv";
    norms += node.op_type() == "BatchNormalization";
  }
  EXPECT_EQ(convs, 20);
  EXPECT_EQ(norms, 20);
  EXPECT_EQ(model.metadata_props(1).key(), "lockstep.mean");
  EXPECT_EQ(model.metadata_props(1).value(), "0.4914,0.4822,0.4465");
}

TEST(OnnxExport, RefusesWhatItDidNotMake) {
  EXPECT_TRUE(absl::IsDataLoss(DecodeOnnx("garbage").status()));
  const NetSpec spec = *MakeNetSpec("lenet");
  std::string bytes = EncodeOnnx(spec, SomeValues(spec));
  onnx::ModelProto model;
  model.ParseFromString(bytes);
  model.mutable_graph()->mutable_node(1)->set_op_type("Selu");
  EXPECT_THAT(DecodeOnnx(model.SerializeAsString()).status().message(),
              HasSubstr("node relu1 (Selu)"));
}

}  // namespace
}  // namespace lockstep
