#include "quant/net_file.h"

#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quant/reference_engine.h"
#include "quant/testing_models.h"
#include "quant/testing_nets.h"
#include "tools/cli/file.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;

constexpr size_t kClasses = 10;

std::vector<int32_t> Logits(const IntegerGraph& graph, const ImageSet& images) {
  std::vector<int32_t> logits(images.size() * kClasses);
  ReferenceEngine(graph).Run(images.image(0), images.size(), logits.data());
  return logits;
}

TEST(NetFile, HoldsTheWholeNet) {
  for (const auto& model : {LenetModel(), ResnetModel({2, 2}, 8),
                            ResidualFormsModel(), SignedValuesModel()}) {
    TestingNet net = MakeTestingNet(model, 5);
    net.integer.input_codes.assign(3 * 256, 17);
    net.integer.layers[0].name = "no UTF-8: \xff";
    const NetFile file = {net.integer, {{"made by", "\xfe\x01"}, {"b", ""}}};
    const std::string bytes = EncodeNet(file);
    const auto read = DecodeNet(bytes);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_TRUE(EncodeNet(*read) == bytes);
    EXPECT_EQ(read->metadata, file.metadata);
    EXPECT_EQ(read->graph.layers[0].name, net.integer.layers[0].name);
    EXPECT_EQ(read->graph.input_codes, net.integer.input_codes);
    EXPECT_EQ(read->graph.encodings, net.integer.encodings);
    EXPECT_EQ(Logits(read->graph, net.images), Logits(net.integer, net.images));
  }
}

std::string SmallNet() {
  return EncodeNet({MakeTestingNet(ResnetModel({1}, 4), 2).integer, {}});
}

TEST(NetFile, RefusesEveryTruncationAndEveryChangedByte) {
  const std::string whole = SmallNet();
  for (size_t size = 0; size < whole.size(); size += 13)
    EXPECT_TRUE(absl::IsDataLoss(DecodeNet(whole.substr(0, size)).status()));
  EXPECT_TRUE(absl::IsDataLoss(DecodeNet(whole + "x").status()));
  for (size_t at = 0; at < whole.size(); at += 7) {
    std::string damaged = whole;
    damaged[at] ^= 0x10;
    EXPECT_FALSE(DecodeNet(damaged).ok()) << at;
  }
}

// A file whose CRC was made to fit: refused in words, or a net that runs.
TEST(NetFile, SurvivesChangesWithAGoodCrc) {
  const TestingNet net = MakeTestingNet(ResnetModel({1}, 4), 1);
  std::mt19937 random(5);
  const IntegerLayer& first = net.integer.layers[0];
  for (int round = 0; round < 2000; ++round) {
    NetFile file = {net.integer, {}};
    IntegerLayer& layer =
        file.graph.layers[random() % file.graph.layers.size()];
    int* const fields[] = {&layer.input,           &layer.residual,
                           &layer.window.kernel_h, &layer.window.stride_w,
                           &layer.window.pad_top,  &file.graph.shapes[2].width};
    *fields[random() % std::size(fields)] += int(random() % 7) - 3;
    layer.op = static_cast<IntegerOp>(random() % 5);
    if (random() % 4 == 0) layer.weights = first.weights;
    const auto read = DecodeNet(EncodeNet(file));
    if (read.ok()) Logits(read->graph, net.images);
  }
}

TEST(NetFile, ALaterVersionIsNamed) {
  std::string later = SmallNet();
  later[8] = 2;
  const absl::Status status = DecodeNet(later).status();
  EXPECT_TRUE(absl::IsUnimplemented(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("version 2"));
}

TEST(NetFile, ErrorsNameTheFile) {
  const std::string path = testing::TempDir() + "/bad.lsq";
  ASSERT_TRUE(WriteFileAtomically(path, SmallNet().substr(0, 100)).ok());
  EXPECT_THAT(std::string(LoadNet(path).status().message()), HasSubstr(path));
  EXPECT_FALSE(LoadNet(path + ".absent").ok());
}

}  // namespace
}  // namespace lockstep::quant
