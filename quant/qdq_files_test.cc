// The files of testdata/qdq in the integer engine, against what ONNX Runtime
// computed from them without optimisation: dequantise, float, quantise, node by
// node.

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "data/cifar10.h"
#include "data/sample_path.h"
#include "gtest/gtest.h"
#include "quant/accuracy.h"
#include "quant/build_integer_graph.h"
#include "quant/input_codes.h"
#include "quant/onnx_reader.h"
#include "quant/reference_engine.h"
#include "tools/cli/file.h"

namespace lockstep::quant {
namespace {

constexpr size_t kImages = 100;

// ONNX Runtime's logits [image][class].
std::vector<float> Golden(const std::string& path) {
  const auto bytes = ReadFile(path, 1 << 20);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  std::vector<float> logits(kImages * kCifarClasses);
  EXPECT_EQ(bytes->size(), logits.size() * sizeof(float));
  std::memcpy(logits.data(), bytes->data(), bytes->size());
  return logits;
}

IntegerGraph Build(const std::string& path) {
  auto model = ReadOnnxFile(path);
  EXPECT_TRUE(model.ok()) << model.status();
  FillInputCodes(Normalization(), *model->quantized);
  const auto graph = BuildIntegerGraph(*model->quantized);
  EXPECT_TRUE(graph.ok()) << graph.status();
  return *graph;
}

// A logit is a code, so it differs with the probability that the two sums
// before rounding differ by, in steps: ours are exact, ONNX Runtime's are
// floats, and each code of an earlier layer that falls on the other side of a
// tie changes all sums that it is part of. A tenth of the logits of the 20
// layers deep net may differ, for a tenth of a step on average; a layer that
// cut off instead of rounding would be half a step off. The five layers of the
// shallow one have no sum that near to a tie.
struct File {
  const char* name;
  int may_differ;  // of 1,000 logits
};

class QdqFiles : public ::testing::TestWithParam<File> {};

TEST_P(QdqFiles, IntegersMakeOnnxRuntimesLogits) {
  const std::string path = absl::StrCat("testdata/qdq/", GetParam().name);
  const IntegerGraph graph = Build(path + ".onnx");
  const std::vector<float> golden = Golden(path + ".f32");
  const auto images = ReadCifar10(SampleDataPath(), Split::kTest, kImages);
  ASSERT_TRUE(images.ok()) << images.status();
  std::vector<int32_t> steps(golden.size());
  ReferenceEngine(graph).Run(images->image(0), kImages, steps.data());
  int differ = 0, same_class = 0;
  for (size_t i = 0; i < steps.size(); ++i) {
    const double expected = golden[i] / graph.logit_scale;
    EXPECT_NEAR(expected, std::round(expected), 1e-3);  // a code
    const int off = std::abs(steps[i] - int(std::lround(expected)));
    EXPECT_LE(off, 1) << i;
    differ += off != 0;
  }
  for (size_t i = 0; i < kImages; ++i)
    same_class += ArgMax(&steps[i * kCifarClasses], kCifarClasses) ==
                  ArgMax(&golden[i * kCifarClasses], kCifarClasses);
  EXPECT_LE(differ, GetParam().may_differ);
  EXPECT_GE(same_class, 99);
}

INSTANTIATE_TEST_SUITE_P(
    All, QdqFiles,
    ::testing::Values(File{"lenet-u8", 0}, File{"lenet-s8-per-channel", 0},
                      File{"resnet20-u8-per-channel", 100}),
    [](const auto& info) {
      return absl::StrReplaceAll(info.param.name, {{"-", "_"}});
    });

}  // namespace
}  // namespace lockstep::quant
