#include "train/bucket_plan.h"

#include <numeric>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "train/model/net_spec.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;

TEST(BucketPlan, CapsCloseBuckets) {
  const auto buckets = PlanBuckets({3, 2, 1, 0}, {5, 10, 10, 1}, {1, 20});
  EXPECT_THAT(buckets,
              ElementsAre(ElementsAre(3), ElementsAre(2, 1), ElementsAre(0)));
}

TEST(BucketPlan, NothingToPlan) {
  EXPECT_TRUE(PlanBuckets({}, {}, {}).empty());
}

// Reversed parameter order and PyTorch's caps give PyTorch's three buckets of
// ResNet-18: 9.46, 26.49 and 8.74 MB.
TEST(BucketPlan, Resnet18HasPyTorchsBuckets) {
  std::vector<int64_t> bytes;
  for (const TensorSpec& tensor : TensorsOf(*MakeNetSpec("resnet18")))
    if (tensor.trainable)
      bytes.push_back(std::accumulate(tensor.shape.begin(), tensor.shape.end(),
                                      int64_t{4}, std::multiplies<int64_t>()));
  std::vector<int> order(bytes.size());
  std::iota(order.rbegin(), order.rend(), 0);
  std::vector<double> megabytes;
  for (const auto& bucket : PlanBuckets(order, bytes, {})) {
    int64_t sum = 0;
    for (int parameter : bucket) sum += bytes[parameter];
    megabytes.push_back(sum / 1e6);
  }
  EXPECT_THAT(megabytes, ElementsAre(::testing::DoubleNear(9.46, 0.005),
                                     ::testing::DoubleNear(26.49, 0.005),
                                     ::testing::DoubleNear(8.74, 0.005)));
}

}  // namespace
}  // namespace lockstep
