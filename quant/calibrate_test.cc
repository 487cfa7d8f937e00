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

ImageSet Reversed(ImageSet images) {
  for (size_t i = 0; i < images.size() / 2; ++i)
    std::swap_ranges(&images.pixels[i * kCifarPixels],
                     &images.pixels[i * kCifarPixels] + kCifarPixels,
                     &images.pixels[(images.size() - 1 - i) * kCifarPixels]);
  return images;
}

TEST(Calibrate, AllMethodsAreTheSameForAnyBatchThreadsAndOrder) {
  const FloatEngine engine(SmallResnet());
  const ImageSet images = Sample(23);
  for (const CalibrationMethod& method : CalibrationMethods()) {
    const CalibrationOptions options = {method.name, 99.9};
    const auto expected =
        Calibrate(engine, images, Normalization(), options, {1, 1});
    ASSERT_TRUE(expected.ok()) << expected.status();
    for (const Parallelism& p :
         {Parallelism{1, 64}, Parallelism{2, 3}, Parallelism{3, 5}})
      EXPECT_TRUE(SameBits(
          *expected, *Calibrate(engine, images, Normalization(), options, p)));
    EXPECT_TRUE(
        SameBits(*expected, *Calibrate(engine, Reversed(images),
                                       Normalization(), options, {4, 2})));
  }
}

TEST(Calibrate, RangesHoldZeroInsideMinMaxAndTheInputIsNotClipped) {
  const FloatEngine engine(SmallResnet());
  const ImageSet images = Sample(10);
  const auto widest = CalibrateMinMax(engine, images, Normalization(), {1, 8});
  for (const CalibrationMethod& method : CalibrationMethods()) {
    const auto ranges =
        Calibrate(engine, images, Normalization(), {method.name, 90}, {2, 4});
    ASSERT_TRUE(ranges.ok());
    for (size_t v = 0; v < ranges->size(); ++v) {
      EXPECT_LE((*widest)[v].min, (*ranges)[v].min);
      EXPECT_LE((*ranges)[v].min, 0);
      EXPECT_GE((*ranges)[v].max, 0);
      EXPECT_GE((*widest)[v].max, (*ranges)[v].max);
    }
    EXPECT_EQ((*ranges)[0].max, (*widest)[0].max);
  }
}

TEST(Calibrate, TicksReachTheNumberOfImagesOnce) {
  for (const char* method : {"minmax", "mse"}) {
    std::vector<size_t> ticks;
    EXPECT_TRUE(Calibrate(FloatEngine(SmallResnet()), Sample(10),
                          Normalization(), {method}, {2, 4},
                          [&](size_t done) { ticks.push_back(done); })
                    .ok());
    EXPECT_TRUE(std::is_sorted(ticks.begin(), ticks.end()));
    EXPECT_EQ(std::count(ticks.begin(), ticks.end(), 10), 1);
    EXPECT_EQ(ticks.back(), 10);
  }
}

TEST(Calibrate, RefusesAnUnknownMethod) {
  EXPECT_TRUE(
      absl::IsInvalidArgument(Calibrate(FloatEngine(SmallResnet()), Sample(2),
                                        Normalization(), {"entropy"}, {1, 8})
                                  .status()));
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
