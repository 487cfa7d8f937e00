#include "train/bucket_tuner.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "train/comm/in_process_communicator.h"
#include "train/comm/testing_ranks.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

// Each collective takes 20 ms whatever its size: one bucket is best. In the
// first step the caller of `pass` sees gradients, never other parameters.
TEST(BucketTuner, LatencyMakesFewBucketsBest) {
  InProcessOptions how;
  how.world_size = 2;
  how.delay = [](int64_t, int) { return std::chrono::milliseconds(20); };
  InProcessHub hub(how);
  const auto join = [&](int rank) { return hub.Join(rank); };
  RunRanks(2, join, [](Communicator& comm) {
    Net net(*MakeNetSpec("lenet"), {1, true});
    const at::Tensor before = net.parameters()[0].tensor.clone();
    BucketTunerOptions options;
    options.caps_mib = {0.01, 1};
    const auto trials = TryBucketCaps(
        comm, net.parameters(), {},
        [&] {
          net.Forward(at::ones({1, 3, 32, 32}), Mode::kTrain).sum().backward();
        },
        options);
    ASSERT_TRUE(trials.ok()) << trials.status();
    EXPECT_GT((*trials)[0].buckets, 3);
    EXPECT_EQ((*trials)[1].buckets, 1);
    EXPECT_GT((*trials)[0].step_s, 0.02 * (*trials)[0].buckets);
    EXPECT_EQ(BestTrial(*trials).cap_mib, 1);
    EXPECT_TRUE(at::equal(before, net.parameters()[0].tensor));
    EXPECT_FALSE(net.parameters()[0].tensor.grad().defined());
  });
}

TEST(BucketTuner, TheFastestWinsAndNoiseDoesNot) {
  EXPECT_EQ(BestTrial({{1, 9, 0.5}, {4, 3, 0.6}}).cap_mib, 1);
  EXPECT_EQ(BestTrial({{1, 9, 0.5}, {4, 3, 0.504}}).cap_mib, 4);
  EXPECT_THAT(TuneLine({{1, 9, 0.5}, {4, 1, 0.6}}),
              HasSubstr("bucket_cap_mb=1 | tried 1: 0.5000 s (9 buckets) 4: "
                        "0.6000 s (1 bucket)"));
}

}  // namespace
}  // namespace lockstep
