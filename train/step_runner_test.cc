#include "train/step_runner.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>

#include "gtest/gtest.h"

namespace lockstep {
namespace {

TEST(TimingOf, AddsUpThePhasesOfPasses) {
  // begin, prepared; 2 passes of batch 1, forward 2, backward 4 ns; then 8, 16
  // and 32 ns.
  const std::vector<int64_t> marks = {100, 110, 111, 113, 117, 118,
                                      120, 124, 132, 148, 180};
  ASSERT_EQ(marks.size(), static_cast<size_t>(MarksOf(2)));
  const StepTiming t = TimingOf(marks, {{1, 2, 3}});
  EXPECT_EQ(t.begin_ns, 100);
  EXPECT_EQ(t.data_ns, 102);
  EXPECT_EQ(t.h2d_ns, 102);
  EXPECT_EQ(t.forward_ns, 106);
  EXPECT_EQ(t.backward_ns, 124);
  EXPECT_EQ(t.comm_ns, 132);
  EXPECT_EQ(t.optimizer_ns, 148);
  EXPECT_EQ(t.end_ns, 180);
  EXPECT_EQ(t.buckets.size(), 1);
}

TEST(StepShape, DiffersByEveryNumber) {
  const StepShape shape = {{32, 8}, {0.8, 0.2}, 0.5};
  EXPECT_FALSE(shape < shape);
  for (const StepShape& other :
       {StepShape{{32, 9}, {0.8, 0.2}, 0.5},
        StepShape{{32, 8}, {0.7, 0.2}, 0.5},
        StepShape{{32, 8}, {0.8, 0.2}, 0.25}, StepShape{{32}, {1}, 0.5}})
    EXPECT_TRUE(shape < other || other < shape);
}

TEST(HostStepRunner, EveryReportIsDueAtOnce) {
  HostStepRunner runner(nullptr);
  const at::Tensor report = at::zeros({kReportSize}, at::kDouble);
  for (int epoch = 0; epoch < 2; ++epoch) {
    ASSERT_TRUE(runner.StartEpoch(report).ok());
    for (int step = 1; step <= 3; ++step) {
      const auto due = runner.Run({}, [&] {
        for (int i = 0; i < MarksOf(1); ++i) runner.Mark();
        report[0].fill_(step);
        return absl::OkStatus();
      });
      ASSERT_TRUE(due.ok());
      ASSERT_EQ(due->size(), 1);
      EXPECT_EQ((*due)[0].loss_sum, step);
    }
    EXPECT_TRUE(runner.Finish()->empty());
    EXPECT_EQ(runner.TakeTimings().size(), 3);
  }
}

TEST(HostStepRunner, AFailedStepHasNoTiming) {
  HostStepRunner runner(nullptr);
  ASSERT_TRUE(runner.StartEpoch(at::zeros({kReportSize}, at::kDouble)).ok());
  EXPECT_TRUE(absl::IsUnavailable(
      runner.Run({}, [] { return absl::UnavailableError("gone"); }).status()));
  EXPECT_TRUE(runner.TakeTimings().empty());
}

}  // namespace
}  // namespace lockstep
