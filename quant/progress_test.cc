#include "quant/progress.h"

#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

TEST(ProgressLine, HasRateAndRemainingTime) {
  EXPECT_EQ(ProgressLine("fp32", 100, 500, 4),
            "fp32: 100 of 500 images, 25.0 images/s, 16 s left");
  EXPECT_EQ(ProgressLine("fp32", 0, 500, 4), "fp32: 0 of 500 images");
}

TEST(Progress, SaysNothingAboutShortWork) {
  ::testing::internal::CaptureStderr();
  Progress("fast", 10).Update(10);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace lockstep::quant
