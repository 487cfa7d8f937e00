#include "train/net_values.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>

#include <cmath>

#include "gtest/gtest.h"
#include "train/batch.h"
#include "train/net_logits.h"

namespace lockstep {
namespace {

TEST(ParameterChecksum, SeesOneBitAndNotTheMemoryFormat) {
  const NetSpec spec = *MakeNetSpec("resnet20");
  Net a(spec, {1, true}), b(spec, {1, false}), c(spec, {1, true});
  EXPECT_EQ(ParameterChecksum(a), ParameterChecksum(b));
  at::NoGradGuard no_grad;
  float* weight = c.parameters()[3].tensor.data_ptr<float>();
  weight[7] = std::nextafter(weight[7], 1e9f);
  EXPECT_NE(ParameterChecksum(a), ParameterChecksum(c));
}

TEST(NetValues, MoveANetIntoAnother) {
  const NetSpec spec = *MakeNetSpec("lenet");
  Net from(spec, {1, true}), to(spec, {2, false});
  SetValues(to, ValuesOf(from));
  EXPECT_EQ(ParameterChecksum(from), ParameterChecksum(to));
}

// The file on disk is the net: LibTorch's logits from it are the net's own.
TEST(NetLogits, AreThoseOfTheExportedNet) {
  for (const char* name : {"resnet20", "lenet"}) {
    const NetSpec spec = *MakeNetSpec(name);
    Net net(spec, {4, true});
    at::NoGradGuard no_grad;
    net.Forward(at::randn({4, 3, 32, 32}), Mode::kTrain);  // moves statistics
    ImageSet image;
    image.labels = {0};
    for (size_t i = 0; i < kCifarPixels; ++i) image.pixels.push_back(i % 251);
    const auto logits = NetLogits(EncodeOnnx(spec, ValuesOf(net)), image);
    ASSERT_TRUE(logits.ok()) << logits.status();
    const uint32_t first = 0;
    const at::Tensor expected =
        net.Forward(MakeBatch(image, {&first, 1}, nullptr).images, Mode::kEval);
    for (int i = 0; i < kCifarClasses; ++i)
      EXPECT_EQ((*logits)[0][i], expected[0][i].item<float>()) << name;
  }
  EXPECT_FALSE(NetLogits("garbage", {}).ok());
}

}  // namespace
}  // namespace lockstep
