#include "analysis/predict.h"

#include "analysis/laws/alpha_beta.h"
#include "analysis/testing_groups.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

// The synthetic collective takes alpha whatever P is, the model 2 (P - 1) of
// them; so none here.
SyntheticRun NoAlpha(uint32_t ranks, uint32_t batch) {
  SyntheticRun run = Ranks(ranks, batch);
  run.alpha_s = 0;
  return run;
}

TEST(Predict, FourRanksFromOneAndTwo) {
  const auto groups = GroupsOf({NoAlpha(1, 100), NoAlpha(2, 100)});
  const auto cohorts = CohortsOf(groups);
  ASSERT_EQ(cohorts.size(), 1);
  EXPECT_EQ(cohorts[0].size(), 2);
  const auto four = Predict(cohorts[0], 4, 100, std::nullopt);
  ASSERT_TRUE(four.ok());
  // The second bucket, ready at the end, and what the first one is late.
  const double first =
      AllReduceSeconds(4, 1e6, 0, 1e-9) - AllReduceSeconds(2, 1e6, 0, 1e-9);
  const double exposed = first + AllReduceSeconds(4, 3e6, 0, 1e-9);
  EXPECT_NEAR(four->exposed_s.value, exposed, 1e-7);
  EXPECT_NEAR(four->transfer_s.value, AllReduceSeconds(4, 4e6, 0, 1e-9), 1e-7);
  EXPECT_NEAR(four->step_s.value, 0.034 + exposed, 1e-7);
  EXPECT_EQ(four->steps, 5);
  EXPECT_NEAR(four->epoch_s.value, 5 * four->step_s.value, 1e-6);
  EXPECT_EQ(four->source->configuration.world_size, 2);
}

TEST(Predict, LeavesTheAskedRanksOut) {
  SyntheticRun slow = NoAlpha(4, 100);
  slow.forward_s = 1;
  const auto groups = GroupsOf({NoAlpha(1, 100), NoAlpha(2, 100), slow});
  const auto four = Predict(CohortsOf(groups)[0], 4, 100, std::nullopt);
  ASSERT_TRUE(four.ok());
  EXPECT_LT(four->step_s.value, 0.05);
  const auto one = Predict(CohortsOf(groups)[0], 1, 100, std::nullopt);
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(one->exposed_s.value, 0);
}

TEST(Predict, AnotherLink) {
  const auto groups = GroupsOf({NoAlpha(2, 100)});
  const Cohort cohort = CohortsOf(groups)[0];
  const auto model = CommModelOf(cohort);
  double reached = 0;
  EXPECT_NEAR(OnLink(cohort, *model, 10, reached), 1e-10, 1e-14);
  EXPECT_EQ(reached, 1);
  const auto fast = Predict(cohort, 4, 100, 1e-10);
  ASSERT_TRUE(fast.ok());
  EXPECT_NEAR(fast->exposed_s.value, AllReduceSeconds(4, 3e6, 0, 1e-10), 1e-7);
}

TEST(Predict, TheLinkKeepsItsShare) {
  SyntheticRun run = NoAlpha(2, 100);
  run.link_peak_gb_per_s = 2;
  const auto groups = GroupsOf({run});
  const Cohort cohort = CohortsOf(groups)[0];
  double reached = 0;
  EXPECT_NEAR(OnLink(cohort, *CommModelOf(cohort), 10, reached), 2e-10, 1e-13);
  EXPECT_NEAR(reached, 0.5, 1e-6);
}

TEST(Predict, AnotherBatchHasTheBucketsOfTheClosest) {
  SyntheticRun small = NoAlpha(1, 50);
  small.backward_s = 0.010;
  const auto groups = GroupsOf({small, NoAlpha(1, 100), NoAlpha(2, 100)});
  const auto four = Predict(CohortsOf(groups)[0], 4, 50, std::nullopt);
  ASSERT_TRUE(four.ok());
  EXPECT_EQ(four->source->configuration.batch_size_per_rank, 50);
  // Half the backward pass, so the first bucket is ready 0.5 ms before its end
  // instead of 1, and takes 1.5; then the second one, 4.5.
  EXPECT_NEAR(four->exposed_s.value, 0.0055, 1e-7);
}

SyntheticRun OnTwoCores(uint32_t ranks) {
  SyntheticRun run = NoAlpha(ranks, 100);
  run.cores = 2;
  return run;
}

TEST(Predict, RanksThatShareCores) {
  const auto groups = GroupsOf({OnTwoCores(1), OnTwoCores(2)});
  const auto four = Predict(CohortsOf(groups)[0], 4, 100, std::nullopt);
  ASSERT_TRUE(four.ok());
  EXPECT_EQ(four->stretch, 2);
  // The first bucket, ready 1 ms before the end of the backward pass at P = 2,
  // is so 2 ms before it and takes 1.5: only the second is exposed.
  EXPECT_NEAR(four->exposed_s.value, 0.0045, 1e-7);
  EXPECT_NEAR(four->step_s.value, 2 * 0.034 + 0.0045, 1e-7);
}

TEST(Predict, FewerRanksHaveMoreOfTheCores) {
  SyntheticRun four = OnTwoCores(4);
  const auto groups = GroupsOf({four, OnTwoCores(8)});
  const auto two = Predict(CohortsOf(groups)[0], 2, 100, std::nullopt);
  ASSERT_TRUE(two.ok());
  EXPECT_EQ(two->source->configuration.world_size, 8);
  EXPECT_EQ(two->stretch, 0.25);
}

TEST(Predict, OneRankLearnsFromOthersWhereItsPeersWouldBe) {
  SyntheticRun two = OnTwoCores(2);
  two.many_hosts = true;
  SyntheticRun alone = OnTwoCores(1);
  alone.batch = 25;
  const auto groups = GroupsOf({alone, OnTwoCores(1), two});
  for (const uint32_t batch : {25, 100}) {
    const auto eight = Predict(CohortsOf(groups)[0], 8, batch, std::nullopt);
    ASSERT_TRUE(eight.ok());
    EXPECT_EQ(eight->stretch, 1);
  }
}

TEST(Predict, SaysWhichRunIsMissing) {
  const auto groups = GroupsOf({NoAlpha(1, 100), NoAlpha(2, 100)});
  const Cohort cohort = CohortsOf(groups)[0];
  EXPECT_EQ(Predict(cohort, 4, 50, std::nullopt).status().message(),
            "no run with batch 50 per rank was recorded; run P = 1 with it");
  EXPECT_EQ(Predict(cohort, 2, 100, std::nullopt).status().message(),
            "no all-reduce was recorded; run P = 2 (with --comm_baseline)");
}

TEST(CohortsOf, NeitherTwinsNorOtherMechanisms) {
  SyntheticRun twin = NoAlpha(2, 100);
  twin.id = "twin";
  twin.flags["twin"] = "no_sync";
  SyntheticRun replicas = NoAlpha(2, 100);
  replicas.id = "replicas";
  replicas.mechanism = DATA_PARALLEL;
  EXPECT_TRUE(CohortsOf(GroupsOf({twin, replicas, NoAlpha(1, 100)})).empty());
}

}  // namespace
}  // namespace lockstep::analysis
