#include "data/sharded_sampler.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::ElementsAreArray;
using ::testing::Not;

std::vector<uint32_t> GlobalBatch(ShardedSampler::Options options, int step,
                                  int64_t epoch = 0) {
  std::vector<uint32_t> all;
  for (options.rank = 0; options.rank < options.world_size; ++options.rank) {
    ShardedSampler sampler(options);
    sampler.StartEpoch(epoch);
    const auto batch = sampler.Batch(step);
    all.insert(all.end(), batch.begin(), batch.end());
  }
  return all;
}

// Shapes by class: divisible, remainder, fewer images than ranks, one image.
TEST(ShardedSampler, EveryImageExactlyOnceOverAllRanks) {
  for (int64_t images : {1, 3, 64, 100, 1000}) {
    for (int world_size : {1, 2, 3, 4, 7}) {
      for (int64_t batch : {1, 8, 128}) {
        ShardedSampler::Options options{images, batch, world_size, 0, 42};
        std::vector<uint32_t> seen;
        for (int step = 0; step < ShardedSampler(options).steps(); ++step) {
          const auto batch_images = GlobalBatch(options, step, 3);
          EXPECT_EQ(batch_images.size(),
                    ShardedSampler(options).GlobalBatchSize(step));
          seen.insert(seen.end(), batch_images.begin(), batch_images.end());
        }
        std::sort(seen.begin(), seen.end());
        ASSERT_EQ(seen.size(), images);
        for (int64_t i = 0; i < images; ++i) ASSERT_EQ(seen[i], i);
      }
    }
  }
}

TEST(ShardedSampler, SameGlobalBatchForEveryWorldSize) {
  for (int world_size : {2, 4})
    for (int step : {0, 3, 7})
      EXPECT_THAT(GlobalBatch({1000, 128 / world_size, world_size, 0, 7}, step),
                  ElementsAreArray(GlobalBatch({1000, 128, 1, 0, 7}, step)));
}

TEST(ShardedSampler, OrderDependsOnSeedAndEpochOnly) {
  const ShardedSampler::Options options{500, 100, 1, 0, 1};
  EXPECT_THAT(GlobalBatch(options, 0, 2),
              ElementsAreArray(GlobalBatch(options, 0, 2)));
  EXPECT_THAT(GlobalBatch(options, 0, 2),
              Not(ElementsAreArray(GlobalBatch(options, 0, 1))));
  EXPECT_THAT(GlobalBatch({500, 100, 1, 0, 2}, 0, 2),
              Not(ElementsAreArray(GlobalBatch(options, 0, 2))));
}

TEST(ShardedSampler, RanksDifferByAtMostOneImage) {
  for (int rank = 0; rank < 4; ++rank) {
    const ShardedSampler sampler({102, 25, 4, rank, 0});
    EXPECT_EQ(sampler.Batch(0).size(), 25);
    EXPECT_LE(sampler.Batch(1).size(), 1);  // two images for four ranks
  }
}

// Every rank's images of all steps of an epoch that goes on at `done`.
std::vector<uint32_t> Epoch(ShardedSampler::Options options, int64_t done = 0) {
  std::vector<uint32_t> all;
  ShardedSampler first(options);
  first.StartEpoch(2, done);
  for (int64_t step = 0; step < first.steps(); ++step)
    for (options.rank = 0; options.rank < options.world_size; ++options.rank) {
      ShardedSampler sampler(options);
      sampler.StartEpoch(2, done);
      const auto batch = sampler.Batch(step);
      all.insert(all.end(), batch.begin(), batch.end());
    }
  return all;
}

size_t Distinct(std::vector<uint32_t> images) {
  std::sort(images.begin(), images.end());
  return std::unique(images.begin(), images.end()) - images.begin();
}

TEST(ShardedSampler, PadGivesAllRanksTheSameNumber) {
  for (int64_t images : {1, 5, 64, 101})
    for (int world_size : {1, 2, 3, 7}) {
      const auto seen = Epoch({images, 8, world_size, 0, 5, LastBatch::kPad});
      EXPECT_EQ(seen.size() % world_size, 0);
      EXPECT_LT(seen.size() - images, world_size);
      EXPECT_EQ(Distinct(seen), images);
    }
}

TEST(ShardedSampler, DropTakesFullStepsOnly) {
  for (int world_size : {1, 2, 3}) {
    const auto seen = Epoch({100, 8, world_size, 0, 5, LastBatch::kDrop});
    EXPECT_EQ(seen.size(), 100 / (8 * world_size) * 8 * world_size);
    EXPECT_EQ(Distinct(seen), seen.size());
  }
  EXPECT_EQ(Epoch({7, 8, 1, 0, 5, LastBatch::kDrop}).size(), 0);
}

// Stopped after two steps of three ranks, continued by two: nothing is lost or
// seen twice.
TEST(ShardedSampler, AnEpochGoesOnWithAnotherWorldSize) {
  ShardedSampler stopped({100, 8, 3, 0, 5});
  stopped.StartEpoch(2);
  const int64_t done = stopped.DoneAfter(1);
  EXPECT_EQ(done, 48);
  std::vector<uint32_t> seen = Epoch({100, 8, 3, 0, 5});
  seen.resize(done);
  const auto rest = Epoch({100, 8, 2, 0, 5}, done);
  seen.insert(seen.end(), rest.begin(), rest.end());
  EXPECT_EQ(seen.size(), 100);
  EXPECT_EQ(Distinct(seen), 100);
  EXPECT_EQ(Epoch({100, 8, 2, 0, 5}, 100).size(), 0);
}

TEST(ShardedSampler, BatchSizeMayChangeBetweenEpochs) {
  ShardedSampler sampler({100, 8, 1, 0, 5});
  EXPECT_EQ(sampler.steps(), 13);
  sampler.set_batch_size(50);
  sampler.StartEpoch(1);
  EXPECT_EQ(sampler.steps(), 2);
}

}  // namespace
}  // namespace lockstep
