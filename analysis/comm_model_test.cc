#include "analysis/comm_model.h"

#include "analysis/testing_groups.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

absl::StatusOr<CommModel> ModelOf(const std::vector<RunGroup>& groups) {
  std::vector<const RunGroup*> pointers;
  for (const RunGroup& group : groups) pointers.push_back(&group);
  return CommModelOf(pointers);
}

TEST(CommModel, FromTheBuckets) {
  SyntheticRun run = Ranks(2, 100);
  run.jitter = 0.02;
  const auto model = ModelOf(GroupsOf({Ranks(1, 100), run}));
  ASSERT_TRUE(model.ok());
  EXPECT_NEAR(model->alpha_s.value, 0.0005, 1e-6);
  EXPECT_NEAR(model->seconds_per_byte.value, 1e-9, 1e-12);
  EXPECT_EQ(model->source, "training buckets of #2");
  EXPECT_EQ(model->without_alpha, "");
  EXPECT_EQ(model->alpha_s.replicates.size(), size_t{kReplicates});
  const auto interval = Interval95(model->seconds_per_byte);
  EXPECT_LT(interval->low, 1e-9);
  EXPECT_GT(interval->high, 1e-9);
}

TEST(CommModel, OneSizeIsAllBeta) {
  SyntheticRun run = Ranks(2, 100);
  run.alpha_s = 0;
  run.second_bucket_bytes = run.first_bucket_bytes;
  const auto model = ModelOf(GroupsOf({run}));
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(model->alpha_s.value, 0);
  EXPECT_NEAR(model->seconds_per_byte.value, 1e-9, 1e-12);
  EXPECT_EQ(model->without_alpha, "there is one size only");
}

TEST(CommModel, TheBaselineHasMoreSizes) {
  SyntheticRun run = Ranks(2, 100);
  run.second_bucket_bytes = run.first_bucket_bytes;
  run.baseline_share = 1;
  const auto model = ModelOf(GroupsOf({run}));
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(model->source, "--comm_baseline of #1");
  EXPECT_NEAR(model->alpha_s.value, 0.0005, 1e-6);
}

TEST(CommModel, AlphaIsNeverBelowZero) {
  std::vector<RunGroup> groups = GroupsOf({Ranks(2, 100)});
  groups[0].runs[0].buckets[0].transfer_s = {0.0001};
  groups[0].runs[0].buckets[1].transfer_s = {0.01};
  const auto model = ModelOf(groups);
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(model->alpha_s.value, 0);
  EXPECT_EQ(model->without_alpha, "the fit has it below 0");
  EXPECT_TRUE(model->alpha_s.replicates.empty());
}

TEST(CommModel, NothingWasSent) {
  EXPECT_EQ(ModelOf(GroupsOf({Ranks(1, 100)})).status().message(),
            "no all-reduce was recorded; run P = 2 (with --comm_baseline)");
  EXPECT_FALSE(ModelOf({}).ok());
}

}  // namespace
}  // namespace lockstep::analysis
