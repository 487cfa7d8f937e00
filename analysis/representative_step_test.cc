#include "analysis/representative_step.h"

#include "analysis/testing_groups.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

TEST(RepresentativeStep, IsTheMedianOfTheMeasuredOnes) {
  SyntheticRun run = Ranks(2, 100);
  run.jitter = 0.1;  // steps of 0.8, 0.9, 1, 1.1, 1.2 times the length
  const auto step = RepresentativeStep(RecordsOf(run));
  ASSERT_TRUE(step.has_value());
  EXPECT_EQ(step->epoch(), 1);
  EXPECT_DOUBLE_EQ(step->ranks(0).total_s(), StepOf(run));
}

TEST(RepresentativeStep, NothingWithoutSteps) {
  std::vector<Record> records = RecordsOf(Ranks(1, 100));
  for (Record& record : records)
    if (record.has_step()) record.mutable_step()->clear_ranks();
  EXPECT_FALSE(RepresentativeStep(records).has_value());
}

}  // namespace
}  // namespace lockstep::analysis
