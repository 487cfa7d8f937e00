#include "quant/reference_engine.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "data/cifar10.h"
#include "data/sample_path.h"
#include "gtest/gtest.h"
#include "quant/build_integer_graph.h"
#include "quant/calibrate.h"
#include "quant/normalize.h"
#include "quant/onnx_reader.h"
#include "quant/testing_models.h"
#include "quant/testing_nets.h"

namespace lockstep::quant {
namespace {

constexpr int kClasses = 10;

// -- An independent evaluation: the formula of integer_graph.h, one element at
// a time, with 128-bit sums -------------------------------------------------

using Values = std::vector<std::vector<int64_t>>;  // [value][y][x][c]

int64_t InputAt(const IntegerLayer& layer, const Shape& in,
                const std::vector<int64_t>& values, int y, int x, int c) {
  if (y < 0 || x < 0 || y >= in.height || x >= in.width)
    return layer.op == IntegerOp::kConv ? layer.padding[c] : 0;
  return values[(y * in.width + x) * in.channels + c];
}

int64_t ResidualOf(const IntegerGraph& graph, const IntegerLayer& layer,
                   const Values& values, size_t at, int c) {
  if (layer.residual < 0) return 0;
  const int64_t r = values[layer.residual][at];
  if (graph.storages[layer.residual] == Storage::kWide)
    return r * layer.requantization.wide_multiplier[c];
  return r * 256 * layer.requantization.residual_multiplier;
}

int64_t Finish(const IntegerLayer& layer, __int128 acc, int64_t residual,
               int c) {
  if (layer.output == Storage::kWide) return static_cast<int64_t>(acc);
  const Requantization& q = layer.requantization;
  const __int128 product = layer.op == IntegerOp::kRescale
                               ? acc * 256 * q.input_multiplier
                               : acc * q.multiplier[c];
  const __int128 t = product + residual + q.offset[c];
  const __int128 unit = __int128{1} << 32;
  const auto y = static_cast<int64_t>((t - ((t % unit + unit) % unit)) / unit);
  if (layer.output == Storage::kLogits) return y;
  return std::min<int64_t>(std::max<int64_t>(y, 0), 255);
}

int64_t Element(const IntegerGraph& graph, size_t i, const Values& values,
                int oy, int ox, int o) {
  const IntegerLayer& layer = graph.layers[i];
  const Shape& in = graph.shapes[layer.input];
  const Shape& out = graph.shapes[i + 1];
  const std::vector<int64_t>& from = values[layer.input];
  const Window& w = layer.window;
  __int128 acc = 0;
  if (layer.op == IntegerOp::kSum) {
    for (size_t p = o; p < from.size(); p += in.channels) acc += from[p];
    return static_cast<int64_t>(acc);
  }
  size_t weight = size_t(o) * w.kernel_h * w.kernel_w * in.channels;
  int64_t best = 0;
  for (int y = oy * w.stride_h - w.pad_top, ky = 0; ky < w.kernel_h; ++ky, ++y)
    for (int x = ox * w.stride_w - w.pad_left, kx = 0; kx < w.kernel_w;
         ++kx, ++x) {
      if (layer.op == IntegerOp::kMaxPool) {
        best = std::max(best, InputAt(layer, in, from, y, x, o));
        continue;
      }
      if (layer.op == IntegerOp::kRescale) {
        acc += InputAt(layer, in, from, y, x, o);
        continue;
      }
      for (int c = 0; c < in.channels; ++c)
        acc += InputAt(layer, in, from, y, x, c) * layer.weights[weight++];
    }
  if (layer.op == IntegerOp::kMaxPool) return best;
  const size_t at = (size_t(oy) * out.width + ox) * out.channels + o;
  return Finish(layer, acc, ResidualOf(graph, layer, values, at, o), o);
}

Values RunPlainly(const IntegerGraph& graph, const uint8_t* pixels) {
  Values values(graph.shapes.size());
  for (size_t i = 0; i < kCifarPixels; ++i) {
    const uint8_t byte = pixels[i % 3 * 1024 + i / 3];
    values[0].push_back(graph.input_codes.empty()
                            ? byte
                            : graph.input_codes[i % 3 * 256 + byte]);
  }
  for (size_t i = 0; i < graph.layers.size(); ++i) {
    const Shape& out = graph.shapes[i + 1];
    for (int y = 0; y < out.height; ++y)
      for (int x = 0; x < out.width; ++x)
        for (int c = 0; c < out.channels; ++c)
          values[i + 1].push_back(Element(graph, i, values, y, x, c));
  }
  return values;
}

// Every value equals the plain evaluation.
void ExpectPlainResult(const onnx::ModelProto& model, size_t calibration,
                       size_t images, Dialect dialect = Dialect::kFused) {
  const TestingNet net = MakeTestingNet(model, calibration, dialect);
  std::vector<std::vector<int64_t>> seen(net.integer.shapes.size());
  std::vector<int32_t> logits(images * kClasses);
  ReferenceEngine(net.integer)
      .Run(net.images.image(0), images, logits.data(),
           [&](int value, const IntegerTensor& tensor) {
             seen[value].assign(tensor.u8.begin(), tensor.u8.end());
             seen[value].insert(seen[value].end(), tensor.i32.begin(),
                                tensor.i32.end());
           });
  for (size_t image = 0; image < images; ++image) {
    const Values expected = RunPlainly(net.integer, net.images.image(image));
    for (size_t v = 0; v < seen.size(); ++v) {
      const size_t size = expected[v].size();
      ASSERT_EQ(seen[v].size(), images * size);
      ASSERT_TRUE(std::equal(expected[v].begin(), expected[v].end(),
                             seen[v].begin() + image * size))
          << "value " << v << ", image " << image;
    }
  }
}

TEST(ReferenceEngine, LenetEqualsThePlainEvaluation) {
  ExpectPlainResult(LenetModel(), 20, 3);
}

TEST(ReferenceEngine, Resnet20EqualsThePlainEvaluation) {
  ExpectPlainResult(ResnetModel({3, 3, 3}, 5), 10, 2);
}

TEST(ReferenceEngine, Resnet18EqualsThePlainEvaluation) {
  ExpectPlainResult(ResnetModel({2, 2, 2, 2}, 8), 10, 2);
}

TEST(ReferenceEngine, EveryFormOfResidualEqualsThePlainEvaluation) {
  ExpectPlainResult(ResidualFormsModel(), 10, 3);
}

TEST(ReferenceEngine, StoredTermsAndMeansEqualThePlainEvaluation) {
  ExpectPlainResult(ResidualFormsModel(), 10, 3, Dialect::kOrt);
  ExpectPlainResult(ResnetModel({2, 2, 2, 2}, 8), 10, 2, Dialect::kOrt);
  ExpectPlainResult(SignedValuesModel(), 10, 3);
}

// Whatever a damaged model still says, it is refused or runs in bounds.
TEST(ReferenceEngine, SurvivesFlippedBytes) {
  const std::string whole = ResnetModel({1, 1}, 2).SerializeAsString();
  const ImageSet images = *ReadCifar10(SampleDataPath(), Split::kTrain, 1);
  std::mt19937 random(21);
  int ran = 0;
  for (int round = 0; round < 300; ++round) {
    std::string bytes = whole;
    bytes[random() % bytes.size()] ^= 1 + random() % 255;
    const auto model = ReadOnnx(bytes);
    if (!model.ok()) continue;
    const auto folded = FoldBatchNorm(model->graph);
    if (!folded.ok()) continue;
    const auto ranges =
        CalibrateMinMax(FloatEngine(*folded), images, Normalization(), {1, 1});
    if (!ranges.ok()) continue;
    const auto graph = BuildIntegerGraph(
        QuantizeGraph(*folded, *ranges, Normalization(), Dialect::kFused));
    if (!graph.ok()) continue;
    std::vector<int32_t> logits(kClasses);
    ReferenceEngine(*graph).Run(images.image(0), 1, logits.data());
    ++ran;
  }
  EXPECT_GT(ran, 50);
}

TEST(ReferenceEngine, ResultsDoNotDependOnBatchThreadsOrPosition) {
  const TestingNet net = MakeTestingNet(ResnetModel({2, 2, 2, 2}, 4), 19);
  const ReferenceEngine engine(net.integer);
  std::vector<int32_t> expected(19 * kClasses);
  for (size_t i = 0; i < 19; ++i)
    engine.Run(net.images.image(i), 1, &expected[i * kClasses]);
  for (const Parallelism& p :
       {Parallelism{1, 19}, Parallelism{1, 5}, Parallelism{3, 4}}) {
    std::vector<int32_t> logits(expected.size());
    ForEachBatch(19, p, [&](int, size_t begin, size_t end) {
      engine.Run(net.images.image(begin), end - begin,
                 &logits[begin * kClasses]);
    });
    EXPECT_EQ(logits, expected);
  }
}

// Decibels by which the integer logits' error is below the fp32 logits.
double ErrorDb(const TestingNet& net) {
  const size_t n = net.images.size();
  std::vector<float> fp32(n * kClasses);
  FloatEngine(net.folded)
      .Run(NormalizeImages(net.images, 0, n, Normalization()).data(), n,
           fp32.data());
  std::vector<int32_t> int8(n * kClasses);
  ReferenceEngine(net.integer).Run(net.images.image(0), n, int8.data());
  double signal = 0, noise = 0;
  for (size_t i = 0; i < fp32.size(); ++i) {
    signal += fp32[i] * fp32[i];
    noise += std::pow(fp32[i] - int8[i] * net.integer.logit_scale, 2);
  }
  return 10 * std::log10(signal / noise);
}

// 8 bits a layer are about 40 dB (docs/quantization.md); a wrong scale or bias
// anywhere leaves less than 20.
TEST(ReferenceEngine, IsCloseToFp32) {
  EXPECT_GT(ErrorDb(MakeTestingNet(LenetModel(), 64)), 28);
  EXPECT_GT(ErrorDb(MakeTestingNet(SignedValuesModel(), 64)), 28);
  EXPECT_GT(ErrorDb(MakeTestingNet(ResidualFormsModel(), 64, Dialect::kOrt)),
            28);
  EXPECT_GT(ErrorDb(MakeTestingNet(ResnetModel({3, 3, 3}, 8), 32)), 28);
  EXPECT_GT(ErrorDb(MakeTestingNet(ResnetModel({2, 2, 2, 2}, 8), 32)), 28);
}

}  // namespace
}  // namespace lockstep::quant
