#include "tools/cli/progress.h"

#include "gtest/gtest.h"

namespace lockstep {
namespace {

TEST(ProgressLine, SaysRateAndRemainingTime) {
  EXPECT_EQ(ProgressLine("evaluating", "images", 640, 1000, 10),
            "evaluating 640/1000 images, 64.0 images/s, 6 s left");
  EXPECT_EQ(ProgressLine("evaluating", "images", 0, 1000, 10),
            "evaluating 0/1000 images, 0.0 images/s");
}

TEST(Progress, ShortWorkOffATerminalPrintsNothing) {
  ::testing::internal::CaptureStderr();
  {
    Progress progress("working", "steps", 100);
    for (int i = 0; i < 100; ++i) progress.Update(i);
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace lockstep
