#include "quant/normalize.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;

const std::map<std::string, std::string> kMetadata = {
    {"lockstep.mean", "0.1,0.2,0.3"}, {"lockstep.std", "0.4,0.5,0.6"}};

TEST(ChooseNormalization, TheModelComesFirst) {
  const auto choice = ChooseNormalization(kMetadata, "0,0,0", "1,1,1");
  ASSERT_TRUE(choice.ok()) << choice.status();
  EXPECT_EQ(choice->normalization.mean[1], 0.2f);
  EXPECT_EQ(choice->normalization.std[2], 0.6f);
  EXPECT_EQ(choice->source, "the model's metadata");
}

TEST(ChooseNormalization, ThenFlagsThenCifar) {
  EXPECT_EQ(ChooseNormalization({}, "0,0,0", "1,1,1")->source,
            "--mean and --std");
  const auto choice = ChooseNormalization({}, "", "");
  EXPECT_EQ(choice->normalization.mean[0], 0.4914f);
  EXPECT_EQ(choice->source, "CIFAR-10's defaults");
}

TEST(ChooseNormalization, NamesABadText) {
  const auto error = [](const std::string& mean, const std::string& std) {
    return std::string(ChooseNormalization({}, mean, std).status().message());
  };
  EXPECT_THAT(error("0,0,0", ""), HasSubstr("only one of --mean and --std"));
  EXPECT_THAT(error("0,0", "1,1,1"), HasSubstr("--mean is '0,0'"));
  EXPECT_THAT(error("0,0,x", "1,1,1"), HasSubstr("--mean is '0,0,x'"));
  EXPECT_THAT(error("125,123,114", "1,1,1"), HasSubstr("in 0 to 1"));
  EXPECT_THAT(error("0,0,0", "1,0,1"), HasSubstr("--std is '1,0,1'"));
  EXPECT_THAT(error("0,0,nan", "1,1,1"), HasSubstr("--mean is"));
}

TEST(NormalizeImages, PicksTheImages) {
  ImageSet set;
  set.labels = {0, 1, 2};
  for (int i = 0; i < 3; ++i)
    set.pixels.insert(set.pixels.end(), kCifarPixels, 51 * i);
  const std::vector<float> out =
      NormalizeImages(set, 1, 3, {{0.5f, 0.5f, 0.5f}, {0.5f, 0.5f, 0.5f}});
  ASSERT_EQ(out.size(), 2 * kCifarPixels);
  EXPECT_FLOAT_EQ(out[0], (0.2f - 0.5f) / 0.5f);
  EXPECT_FLOAT_EQ(out.back(), (0.4f - 0.5f) / 0.5f);
}

}  // namespace
}  // namespace lockstep::quant
