#include "quant/calibrate.h"

#include <algorithm>
#include <cstring>

#include "data/cifar10.h"
#include "data/sample_path.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/normalize.h"
#include "quant/onnx_reader.h"
#include "quant/testing_models.h"

namespace lockstep::quant {
namespace {

FloatGraph SmallResnet() {
  const auto model = ReadOnnx(ResnetModel({1, 1}, 4).SerializeAsString());
  return *FoldBatchNorm(model->graph);
}

ImageSet Sample(size_t count) {
  return *ReadCifar10(SampleDataPath(), Split::kTrain, count);
}

// Byte for byte: not even a -0 may differ.
bool SameBits(const std::vector<Range>& a, const std::vector<Range>& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), a.size() * sizeof(Range)) == 0;
}

TEST(CalibrateMinMax, FindsTheRangeOfTheInput) {
  const ImageSet images = Sample(20);
  const auto ranges = CalibrateMinMax(FloatEngine(SmallResnet()), images,
                                      Normalization(), {1, 8});
  ASSERT_TRUE(ranges.ok()) << ranges.status();
  const std::vector<float> input =
      NormalizeImages(images, 0, images.size(), Normalization());
  const auto [min, max] = std::minmax_element(input.begin(), input.end());
  EXPECT_EQ((*ranges)[0].min, *min);
  EXPECT_EQ((*ranges)[0].max, *max);
}

TEST(CalibrateMinMax, IsTheSameForAnyBatchThreadsAndOrder) {
  const FloatEngine engine(SmallResnet());
  ImageSet images = Sample(37);
  const auto expected =
      CalibrateMinMax(engine, images, Normalization(), {1, 1});
  ASSERT_TRUE(expected.ok());
  for (const Parallelism& p :
       {Parallelism{1, 64}, Parallelism{3, 5}, Parallelism{7, 1}})
    EXPECT_TRUE(SameBits(*expected,
                         *CalibrateMinMax(engine, images, Normalization(), p)));
  for (size_t i = 0; i < images.size() / 2; ++i)
    std::swap_ranges(&images.pixels[i * kCifarPixels],
                     &images.pixels[i * kCifarPixels] + kCifarPixels,
                     &images.pixels[(images.size() - 1 - i) * kCifarPixels]);
  EXPECT_TRUE(SameBits(
      *expected, *CalibrateMinMax(engine, images, Normalization(), {2, 8})));
}

TEST(CalibrateMinMax, NamesANodeThatOverflows) {
  FloatGraph graph = SmallResnet();
  for (float& weight : graph.nodes[0].weights) weight = 3e38f;
  const absl::Status status =
      CalibrateMinMax(FloatEngine(graph), Sample(2), Normalization(), {1, 8})
          .status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(status.message(), ::testing::HasSubstr("node 'Conv"));
  EXPECT_TRUE(absl::IsInvalidArgument(
      CalibrateMinMax(FloatEngine(graph), ImageSet(), Normalization(), {1, 8})
          .status()));
}

}  // namespace
}  // namespace lockstep::quant
