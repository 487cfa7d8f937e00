#include "train/batch.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <numeric>

#include "data/augment.h"
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

// Pixel by pixel, whatever the layout in memory.
TEST(Batch, EqualsTheReferenceBitForBit) {
  const ImageSet set = SomeImages(40);
  for (int cutout : {0, 16}) {
    const AugmentationKey key{5, 2, cutout};
    std::vector<uint32_t> all(set.size());
    std::iota(all.begin(), all.end(), 0);
    const at::Tensor images = MakeBatch(set, all, &key).images;
    EXPECT_TRUE(images.is_contiguous(at::MemoryFormat::ChannelsLast));
    for (uint32_t i : all) {
      at::Tensor expected = at::empty({3, 32, 32}, at::kFloat);
      AugmentAndNormalize(set.image(i), RandomAugmentation(5, 2, i, cutout), {},
                          expected.data_ptr<float>());
      ASSERT_TRUE(at::equal(images[i], expected)) << i;
    }
  }
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

// Against one image after the other, mirrored by hand.
TEST(Evaluate, FlippingAveragesTheLogitsOfTheMirrorImage) {
  const ImageSet set = SomeImages(30);
  Net net(*MakeNetSpec("lenet"), {3, true});
  Score expected;
  at::NoGradGuard no_grad;
  for (uint32_t i = 0; i < set.size(); ++i) {
    at::Tensor views = at::empty({2, 3, 32, 32}, at::kFloat);
    for (bool flip : {false, true})
      AugmentAndNormalize(set.image(i), {kCropPadding, kCropPadding, flip}, {},
                          views[flip].data_ptr<float>());
    const at::Tensor logits = net.Forward(views, Mode::kEval).mean(0, true);
    expected += ScoreOf(logits, at::tensor({int64_t{set.labels[i]}}));
  }
  const Score plain = *Evaluate(net, set, 8, nullptr);
  for (int world_size : {1, 3})
    RunRanks(world_size, [&](Communicator& comm) {
      Net same(*MakeNetSpec("lenet"), {3, true});
      const auto score = Evaluate(same, set, 8, &comm, {}, Tta::kFlip);
      ASSERT_TRUE(score.ok()) << score.status();
      EXPECT_EQ(score->images, 30);
      EXPECT_EQ(score->correct, expected.correct);
      EXPECT_NEAR(score->loss_sum, expected.loss_sum, 1e-3);
      EXPECT_GT(std::abs(score->loss_sum - plain.loss_sum), 1e-2);
    });
}

}  // namespace
}  // namespace lockstep
