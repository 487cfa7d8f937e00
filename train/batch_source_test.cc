#include "train/batch_source.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>

#include <stdexcept>

#include "data/sample_path.h"
#include "gtest/gtest.h"
#include "train/tensor_memory.h"

namespace lockstep {
namespace {

const ImageSet& Images() {
  static const ImageSet images =
      *ReadCifar10(SampleDataPath(), Split::kTrain, 64);
  return images;
}

constexpr uint32_t kOrder[] = {5, 3, 9, 1, 60, 7, 7};

PassList Passes() {
  const absl::Span<const uint32_t> order = kOrder;
  return {order.subspan(0, 3), order.subspan(3, 3), order.subspan(6, 1)};
}

// By --num_workers.
std::unique_ptr<BatchSource> Source(int workers, BatchMaker make) {
  if (workers == 0) return std::make_unique<DirectBatches>(std::move(make));
  return std::make_unique<PrefetchedBatches>(std::move(make), workers);
}

class Workers : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override { ReuseTensorMemory(); }
};
INSTANTIATE_TEST_SUITE_P(OfThem, Workers, ::testing::Values(0, 1, 3, 12));

TEST_P(Workers, MakeTheBatchesOfEveryPass) {
  const auto source = Source(GetParam(), BatchesOf(Images(), true, 17, 8));
  for (int64_t epoch : {0, 4}) {
    source->StartEpoch(epoch, Passes());
    const AugmentationKey key = {17, epoch, 8};
    for (const auto& pass : Passes()) {
      const Batch batch = source->Next(),
                  expected = MakeBatch(Images(), pass, &key);
      EXPECT_TRUE(at::equal(batch.images, expected.images));
      EXPECT_TRUE(at::equal(batch.labels, expected.labels));
    }
  }
}

TEST_P(Workers, DoNotAugmentUnasked) {
  const auto source = Source(GetParam(), BatchesOf(Images(), false, 17));
  source->StartEpoch(3, Passes());
  EXPECT_TRUE(at::equal(source->Next().images,
                        MakeBatch(Images(), Passes()[0], nullptr).images));
}

TEST_P(Workers, AnEpochMayBeBrokenOff) {
  const auto source = Source(GetParam(), BatchesOf(Images(), true, 17));
  for (int taken : {0, 1, 2}) {
    std::vector<uint32_t> order(200, taken);
    PassList passes;
    for (size_t i = 0; i < order.size(); i += 4)
      passes.push_back(absl::MakeConstSpan(order).subspan(i, 4));
    source->StartEpoch(taken, passes);
    for (int i = 0; i < taken; ++i)
      EXPECT_EQ(source->Next().labels[0].item<int>(), Images().labels[taken]);
  }
}

// 1.5 MB a batch: memory that one thread takes and another gives back.
TEST_P(Workers, ShareTheMemoryOfTensorsWithTheTaker) {
  const auto source = Source(GetParam(), BatchesOf(Images(), true, 17));
  const std::vector<uint32_t> order(128, 9);
  const PassList passes(40, absl::MakeConstSpan(order));
  source->StartEpoch(1, passes);
  const AugmentationKey key = {17, 1};
  const at::Tensor expected = MakeBatch(Images(), order, &key).images;
  for (size_t i = 0; i < passes.size(); ++i)
    ASSERT_TRUE(at::equal(source->Next().images, expected));
}

TEST_P(Workers, AMakersExceptionReachesTheTaker) {
  const auto source =
      Source(GetParam(), [](int64_t, absl::Span<const uint32_t> images) {
        if (images[0] == kOrder[3]) throw std::runtime_error("no memory");
        return MakeBatch(Images(), images, nullptr);
      });
  for (int64_t epoch : {0, 1}) {
    source->StartEpoch(epoch, Passes());
    source->Next();
    EXPECT_THROW(source->Next(), std::runtime_error);
  }
}

TEST(SyntheticBatches, GivesTheFirstBatchOfEachSizeAgain) {
  SyntheticBatches source(Source(0, BatchesOf(Images(), false, 17)));
  at::Tensor first, single;
  for (int64_t epoch : {0, 1}) {
    source.StartEpoch(epoch, Passes());
    for (const auto& pass : Passes()) {
      at::Tensor& kept = pass.size() == 3 ? first : single;
      const at::Tensor images = source.Next().images;
      if (!kept.defined()) kept = images;
      EXPECT_TRUE(images.is_same(kept));
      EXPECT_EQ(images.size(0), pass.size());
    }
  }
  EXPECT_TRUE(
      at::equal(first, MakeBatch(Images(), Passes()[0], nullptr).images));
}

}  // namespace
}  // namespace lockstep
