#include "train/batch.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "data/sample_path.h"
#include "gtest/gtest.h"
#include "train/comm/testing_ranks.h"

namespace lockstep {
namespace {

ImageSet SomeImages(size_t n) {
  return *ReadCifar10(SampleDataPath(), Split::kTest, n);
}

TEST(Batch, HoldsTheImagesAskedFor) {
  const ImageSet set = SomeImages(10);
  const Batch batch = MakeBatch(set, {3, 7}, nullptr);
  EXPECT_EQ(batch.labels[1].item<int64_t>(), set.labels[7]);
  const float red = (set.image(7)[0] / 255.0f - 0.4914f) / 0.2470f;
  EXPECT_NEAR(batch.images[1][0][0][0].item<float>(), red, 1e-6);
}

TEST(Batch, AugmentationDependsOnTheEpoch) {
  const ImageSet set = SomeImages(4);
  const std::vector<uint32_t> all = {0, 1, 2, 3};
  const AugmentationKey first{1, 0}, second{1, 1};
  const at::Tensor a = MakeBatch(set, all, &first).images;
  EXPECT_TRUE(at::equal(a, MakeBatch(set, all, &first).images));
  EXPECT_FALSE(at::equal(a, MakeBatch(set, all, &second).images));
}

TEST(Score, CountsRightAnswersAndLosses) {
  const at::Tensor logits = at::zeros({4, 10});
  logits[0][3] = 50;
  logits[1][3] = 50;
  const Score score = ScoreOf(logits.slice(0, 0, 2), at::tensor({3L, 4L}));
  EXPECT_EQ(score.correct, 1);
  EXPECT_EQ(score.images, 2);
  EXPECT_NEAR(score.loss_sum, 50, 1e-3);
}

// Every image is counted once whatever the number of ranks, also uneven ones.
TEST(Evaluate, IsTheSameForEveryWorldSize) {
  const ImageSet set = SomeImages(101);
  Net net(*MakeNetSpec("lenet"), {3, true});
  const Score alone = *Evaluate(net, set, 32, nullptr);
  EXPECT_EQ(alone.images, 101);
  for (int world_size : {2, 4}) {
    RunRanks(world_size, [&](Communicator& comm) {
      Net same(*MakeNetSpec("lenet"), {3, true});
      const auto score = Evaluate(same, set, 32, &comm);
      ASSERT_TRUE(score.ok()) << score.status();
      EXPECT_EQ(score->images, 101);
      EXPECT_EQ(score->correct, alone.correct);
      EXPECT_NEAR(score->loss_sum, alone.loss_sum, 1e-3);
    });
  }
}

}  // namespace
}  // namespace lockstep
