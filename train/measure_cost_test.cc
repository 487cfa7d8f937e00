#include "train/measure_cost.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/testing_program.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

// How long anything takes is for the benchmark to say.
TEST(MeasureCost, EveryPairHasBothSteps) {
  MeasureCostOptions options;
  options.model = "lenet";
  options.batch_size = 2;
  options.pairs = 3;
  options.warmup = 1;
  options.record_path = NewTestFolder() + "/run.rec";
  const auto cost = MeasureMeasuring(options);
  ASSERT_TRUE(cost.ok()) << cost.status();
  EXPECT_EQ(cost->single_us.size(), 3);
  EXPECT_EQ(cost->double_us.size(), 3);
  EXPECT_EQ(cost->measuring_us.size(), 3);
  for (const double us : cost->measuring_us) EXPECT_GT(us, 0);
}

TEST(MeasureCost, BadInputIsAnError) {
  MeasureCostOptions options;
  options.model = "vgg";
  EXPECT_TRUE(absl::IsInvalidArgument(MeasureMeasuring(options).status()));
  options.model = "lenet";
  options.record_path = "/nowhere/run.rec";
  EXPECT_FALSE(MeasureMeasuring(options).ok());
}

TEST(MeasureCost, TheBenchmarkRunsOnePair) {
  const ProgramResult result =
      RunProgram("timeout 200 train/measure_cost_benchmark --pairs 1");
  EXPECT_EQ(result.exit_code, kExitOk) << result.error;
  EXPECT_THAT(result.out, HasSubstr("measuring / single: "));
  EXPECT_EQ(RunProgram("train/measure_cost_benchmark --pairs 0").exit_code,
            kExitUsage);
}

}  // namespace
}  // namespace lockstep
