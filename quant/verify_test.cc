#include "quant/verify.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/testing_models.h"
#include "quant/testing_nets.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(VerifyIsas, SaysWhatItCompared) {
  const TestingNet net = MakeTestingNet(ResnetModel({1, 1}, 8), 7);
  const auto lines = VerifyIsas(net.integer, net.images, 7, ThisCpu());
  ASSERT_TRUE(lines.ok()) << lines.status();
  EXPECT_THAT(*lines, HasSubstr("- portable: all "));
  EXPECT_THAT(*lines, HasSubstr("values of 7 images equal"));
}

TEST(VerifyIsas, LeavesOutWhatTheCpuLacks) {
  const TestingNet net = MakeTestingNet(LenetModel(), 2);
  const auto lines = VerifyIsas(net.integer, net.images, 2, CpuFeatures());
  ASSERT_TRUE(lines.ok()) << lines.status();
  EXPECT_THAT(*lines, Not(HasSubstr("avx2")));
}

}  // namespace
}  // namespace lockstep::quant
