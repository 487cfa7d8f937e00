#include "quant/dump_values.h"

#include <cstring>
#include <filesystem>
#include <map>

#include "data/sample_path.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "quant/reference_engine.h"
#include "quant/testing_models.h"
#include "quant/testing_nets.h"
#include "quant/testing_quantized.h"
#include "tools/cli/file.h"

namespace lockstep::quant {
namespace {

constexpr size_t kImages = 3;

ImageSet TestImages() {
  return *ReadCifar10(SampleDataPath(), Split::kTest, kImages);
}

std::string NewFolder(const std::string& name) {
  const std::string folder = testing::TempDir() + "/" + name;
  std::filesystem::remove_all(folder);
  return folder;
}

std::string Bytes(const std::string& path) {
  const auto bytes = ReadFile(path, 1 << 26);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.ok() ? *bytes : "";
}

// The files hold what the reference engine computes, channel by channel.
void ExpectDumped(const QuantizedNet& net, const std::string& name) {
  const ImageSet images = TestImages();
  const std::string folder = NewFolder(name);
  const absl::Status status = DumpValues(net, images, folder);
  ASSERT_TRUE(status.ok()) << status;
  const auto list = nlohmann::json::parse(Bytes(folder + "/values.json"));
  size_t next = 0;
  const auto expect = [&](int value, const IntegerTensor& tensor) {
    if (net.integer.storages[value] != Storage::kU8) return;
    ASSERT_LT(next, list.size());
    const nlohmann::json& item = list[next++];
    const Shape& shape = net.integer.shapes[value];
    EXPECT_EQ(item["shape"],
              (std::vector<int>{shape.channels, shape.height, shape.width}));
    EXPECT_EQ(item["scale"], net.integer.encodings[value].scale);
    EXPECT_EQ(item["zero_point"], net.integer.encodings[value].zero_point);
    if (value == 0) {
      EXPECT_EQ(item["name"], "input");
    } else if (net.quantized) {
      EXPECT_EQ(
          item["name"],
          net.quantized->graph.nodes[net.integer.sources[value] - 1].name);
    }
    const std::string bytes =
        Bytes(folder + "/" + item["file"].get<std::string>());
    std::string expected;
    for (size_t image = 0; image < kImages; ++image)
      for (int c = 0; c < shape.channels; ++c)
        for (int p = 0; p < shape.height * shape.width; ++p)
          expected += static_cast<char>(
              tensor.u8[image * shape.size() + p * shape.channels + c]);
    EXPECT_TRUE(bytes == expected) << item;
  };
  std::vector<int32_t> steps(kImages * 10);
  ReferenceEngine(net.integer)
      .Run(images.image(0), kImages, steps.data(), expect);
  EXPECT_EQ(next, list.size());
  const std::string bytes = Bytes(folder + "/logits.f32");
  ASSERT_EQ(bytes.size(), 4 * steps.size());
  for (size_t i = 0; i < steps.size(); ++i) {
    float logit;
    std::memcpy(&logit, &bytes[4 * i], 4);
    EXPECT_EQ(logit, static_cast<float>(net.integer.logit_scale * steps[i]));
  }
}

TEST(DumpValues, EveryFormOfANet) {
  for (const Dialect dialect : {Dialect::kFused, Dialect::kOrt})
    ExpectDumped(FloatNet(ResidualFormsModel(), 3, dialect), "float");
  ExpectDumped(QdqNet(ExactQuantized(LenetModel())), "qdq");
  QuantizedNet integers;
  integers.kind = ModelKind::kIntegers;
  integers.integer = MakeTestingNet(SignedValuesModel(), 3).integer;
  ExpectDumped(integers, "integers");
}

TEST(DumpValues, AFolderThatCannotBeMade) {
  const std::string file = testing::TempDir() + "/file";
  ASSERT_TRUE(WriteFileAtomically(file, "x").ok());
  EXPECT_FALSE(
      DumpValues(FloatNet(LenetModel(), 1), TestImages(), file + "/below")
          .ok());
}

}  // namespace
}  // namespace lockstep::quant
