#include "analysis/ablation.h"

#include "analysis/testing_groups.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

SyntheticRun With(SyntheticRun run, const char* flag, const char* value) {
  run.flags[flag] = value;
  return run;
}

TEST(FindVariant, EverythingElseMustBeTheSame) {
  const SyntheticRun base = Ranks(2, 100);
  const SyntheticRun twin = With(base, "twin", "no_sync");
  SyntheticRun ranks = twin, batch = twin, threads = twin;
  ranks.world_size = 4;
  batch.batch = 200;
  threads.threads = 2;
  const struct {
    const char* what;
    SyntheticRun other;
    bool found;
  } cases[] = {{"the twin", twin, true},
               {"other ranks", ranks, false},
               {"another batch", batch, false},
               {"other threads", threads, false},
               {"other buckets", With(twin, "bucket_cap_mb", "5"), false},
               {"another twin", With(base, "twin", "synthetic_data"), false}};
  for (const auto& c : cases) {
    const auto groups = GroupsOf({base, c.other});
    ASSERT_EQ(groups.size(), 2) << c.what;
    for (const RunGroup& group : groups) {
      if (IsTwin(group.configuration)) continue;
      const RunGroup* const found =
          FindVariant(groups, group, kTwinTrait, "no_sync");
      EXPECT_EQ(found != nullptr, c.found) << c.what;
      if (found != nullptr) {
        EXPECT_EQ(found->configuration.twin, "no_sync");
      }
    }
  }
}

TEST(FindVariant, NobodyIsHisOwnVariant) {
  const auto groups = GroupsOf({Ranks(2, 100)});
  EXPECT_EQ(FindVariant(groups, groups[0], kTwinTrait, kNoTwin), nullptr);
}

TEST(StepTimeDifference, HasASignAndAnInterval) {
  SyntheticRun slow = Ranks(2, 100), fast = With(slow, "twin", "no_sync");
  slow.jitter = fast.jitter = 0.01;
  fast.forward_s -= 0.004;  // of 38 ms: far more than the spread
  const auto groups = GroupsOf({slow, fast});
  const bool first = !IsTwin(groups[0].configuration);
  const RunGroup& everything = groups[first ? 0 : 1];
  const RunGroup& less = groups[first ? 1 : 0];
  const Estimate cost = StepTimeDifference(everything, less);
  EXPECT_NEAR(cost.value, 0.004, 1e-9);
  ASSERT_TRUE(Interval95(cost).has_value());
  EXPECT_GT(Interval95(cost)->low, 0);
  EXPECT_LT(Interval95(cost)->low, 0.004);
  EXPECT_GT(Interval95(cost)->high, 0.004);
  EXPECT_NEAR(StepTimeDifference(less, everything).value, -0.004, 1e-9);
}

}  // namespace
}  // namespace lockstep::analysis
