#include "quant/evaluate.h"

#include <cmath>
#include <limits>
#include <utility>

#include "data/sample_path.h"
#include "gtest/gtest.h"
#include "quant/cpu.h"
#include "quant/float_engine.h"
#include "quant/normalize.h"
#include "quant/reference_engine.h"
#include "quant/testing_models.h"
#include "quant/testing_nets.h"
#include "quant/testing_quantized.h"

namespace lockstep::quant {
namespace {

constexpr size_t kImages = 21;

ImageSet TestImages() {
  return *ReadCifar10(SampleDataPath(), Split::kTest, kImages);
}

EngineChoice Choose(const char* name) { return *ChooseEngine(name, ThisCpu()); }

int BestOf(const float* logits) {
  int best = 0;
  for (int c = 1; c < 10; ++c)
    if (logits[c] > logits[best]) best = c;
  return best;
}

std::vector<float> ReferenceLogits(const IntegerGraph& graph,
                                   const ImageSet& images) {
  std::vector<int32_t> steps(images.size() * 10);
  ReferenceEngine(graph).Run(images.image(0), images.size(), steps.data());
  std::vector<float> logits;
  for (int32_t step : steps) logits.push_back(graph.logit_scale * step);
  return logits;
}

// Counts and classes are those of the logits.
void ExpectConsistent(const Evaluation& e, const ImageSet& images) {
  ASSERT_EQ(e.fp32_logits.size(), images.size() * 10);
  ASSERT_EQ(e.int8_logits.size(), images.size() * 10);
  size_t before = 0, after = 0, lost = 0, gained = 0, agree = 0;
  for (size_t i = 0; i < images.size(); ++i) {
    const int a = BestOf(&e.fp32_logits[i * 10]);
    const int b = BestOf(&e.int8_logits[i * 10]);
    EXPECT_EQ(e.fp32_classes[i], a);
    EXPECT_EQ(e.int8_classes[i], b);
    const bool was_right = a == images.labels[i];
    const bool is_right = b == images.labels[i];
    before += was_right;
    after += is_right;
    lost += was_right && !is_right;
    gained += !was_right && is_right;
    agree += a == b;
  }
  EXPECT_EQ(e.accuracy.images, images.size());
  EXPECT_EQ(e.accuracy.before_correct, before);
  EXPECT_EQ(e.accuracy.after_correct, after);
  EXPECT_EQ(e.accuracy.lost, lost);
  EXPECT_EQ(e.accuracy.gained, gained);
  EXPECT_EQ(e.accuracy.agree, agree);
  EXPECT_EQ(e.logit_error_db, ErrorDb(e.fp32_logits, e.int8_logits));
  EXPECT_EQ(e.fp32.images, images.size());
  EXPECT_EQ(e.int8.images, images.size());
  EXPECT_GT(e.fp32.seconds, 0);
  EXPECT_GT(e.int8.seconds, 0);
}

TEST(Evaluate, AFloatModel) {
  const ImageSet images = TestImages();
  const QuantizedNet net = FloatNet(LenetModel());
  const Evaluation e = Evaluate(net, images, Choose("auto"), {2, 4});
  EXPECT_EQ(e.baseline, "fp32");
  EXPECT_EQ(e.convolutions, 5);
  EXPECT_EQ(e.macs, 6 * 28 * 28 * 75 + 16 * 10 * 10 * 150 + 400 * 120 +
                        120 * 84 + 84 * 10);
  std::vector<float> expected(kImages * 10);
  FloatEngine(*net.folded)
      .Run(NormalizeImages(images, 0, kImages, Normalization()).data(), kImages,
           expected.data());
  EXPECT_EQ(e.fp32_logits, expected);
  EXPECT_EQ(e.int8_logits, ReferenceLogits(net.integer, images));
  ExpectConsistent(e, images);
  EXPECT_GT(e.logit_error_db, 15);  // the nets are one net
}

// The baseline has the file's weights and rounds no activation.
TEST(Evaluate, AQdqModel) {
  const ImageSet images = TestImages();
  const QuantizedNet net = QdqNet(ExactQuantized(ResnetModel({1, 1}, 4)));
  const QuantizedGraph& graph = *net.quantized;
  const Evaluation e = Evaluate(net, images, Choose("auto"), {2, 4});
  EXPECT_EQ(e.baseline, kRoundedWeights);
  EXPECT_EQ(e.int8_logits, ReferenceLogits(net.integer, images));
  ExpectConsistent(e, images);
  for (size_t i = 0; i < 3; ++i) {
    std::vector<float> pixels;
    for (size_t at = 0; at < kCifarPixels; ++at)
      pixels.push_back(graph.input.scale * (images.image(i)[at] -
                                            graph.input.zero_point[at / 1024]));
    const auto naive = RunNaively(graph.graph, pixels)[graph.graph.output];
    for (int c = 0; c < 10; ++c)
      EXPECT_NEAR(e.fp32_logits[i * 10 + c], naive[c], 1e-4) << i << " " << c;
  }
}

TEST(Evaluate, IntegersOnly) {
  const ImageSet images = TestImages();
  QuantizedNet net;
  net.kind = ModelKind::kIntegers;
  net.integer = MakeTestingNet(LenetModel(), 3).integer;
  const Evaluation e = Evaluate(net, images, Choose("reference"), {1, 8});
  EXPECT_EQ(e.baseline, "");
  EXPECT_TRUE(e.fp32_logits.empty());
  EXPECT_EQ(e.fp32_classes, std::vector<int>(kImages, -1));
  EXPECT_EQ(e.fp32.images, 0);
  EXPECT_EQ(e.logit_error_db, 0);
  EXPECT_EQ(e.accuracy.before_correct, 0);
  EXPECT_EQ(e.accuracy.agree, 0);
  EXPECT_EQ(e.int8_logits, ReferenceLogits(net.integer, images));
  size_t right = 0;
  for (size_t i = 0; i < kImages; ++i)
    right += BestOf(&e.int8_logits[i * 10]) == images.labels[i];
  EXPECT_EQ(e.accuracy.after_correct, right);
}

TEST(Evaluate, NoResultDependsOnTheWayItRuns) {
  const ImageSet images = TestImages();
  const QuantizedNet net = FloatNet(ResnetModel({1, 1}, 8));
  const Evaluation expected =
      Evaluate(net, images, Choose("reference"), {1, 1});
  for (const char* name : {"reference", "portable", "auto"})
    for (const Parallelism& way :
         {Parallelism{1, 8}, Parallelism{3, 2}, Parallelism{2, 64}}) {
      const Evaluation e = Evaluate(net, images, Choose(name), way);
      EXPECT_EQ(e.fp32_logits, expected.fp32_logits);
      EXPECT_EQ(e.int8_logits, expected.int8_logits) << name;
      EXPECT_EQ(Int8Classes(net.integer, images, Choose(name), way),
                expected.int8_classes);
    }
}

TEST(ErrorDb, IsTheRatioOfEnergies) {
  EXPECT_DOUBLE_EQ(ErrorDb({3, -4}, {3, -4.5}), 20);  // 25 over 0.25
  EXPECT_NEAR(ErrorDb({1, 1}, {0, 0}), 0, 1e-12);
  EXPECT_EQ(ErrorDb({1, 2}, {1, 2}), std::numeric_limits<double>::infinity());
}

TEST(Timing, Rates) {
  const Timing timing = {0.5, 100, 4};
  EXPECT_DOUBLE_EQ(timing.ImagesPerSecond(), 200);
  EXPECT_DOUBLE_EQ(timing.MillisecondsPerImage(), 20);
  EXPECT_EQ(Timing().ImagesPerSecond(), 0);
  EXPECT_EQ(Timing().MillisecondsPerImage(), 0);
}

}  // namespace
}  // namespace lockstep::quant
