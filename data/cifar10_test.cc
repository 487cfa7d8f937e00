#include "data/cifar10.h"

#include "data/sample_path.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/file.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

// `labels` records whose pixels all equal the record's number.
std::string Records(const std::vector<int>& labels) {
  std::string bytes;
  for (size_t i = 0; i < labels.size(); ++i) {
    bytes.push_back(static_cast<char>(labels[i]));
    bytes.append(kCifarPixels, static_cast<char>(i));
  }
  return bytes;
}

absl::Status ReadBytes(const std::string& bytes, ImageSet& set) {
  const std::string path = ::testing::TempDir() + "/x.bin";
  const absl::Status status = WriteFileAtomically(path, bytes);
  return status.ok() ? AppendCifar10File(path, kAllImages, set) : status;
}

TEST(Cifar10, ReadsAnyWholeNumberOfRecords) {
  ImageSet set;
  ASSERT_TRUE(ReadBytes(Records({7, 0, 9}), set).ok());
  ASSERT_EQ(set.size(), 3);
  EXPECT_EQ(set.labels[2], 9);
  EXPECT_EQ(set.image(2)[kCifarPixels - 1], 2);
}

TEST(Cifar10, TruncatedFileNamesOffset) {
  ImageSet set;
  const absl::Status status =
      ReadBytes(Records({1, 2}).substr(0, kCifarRecord + 5), set);
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(status.message(), HasSubstr("x.bin is truncated: the record at "
                                          "offset 3073 has 5 of 3073 bytes"));
  EXPECT_EQ(ExitCodeFor(status), kExitUsage);
}

TEST(Cifar10, LabelOverNineNamesOffset) {
  ImageSet set;
  EXPECT_THAT(ReadBytes(Records({1, 10}), set).message(),
              HasSubstr("label 10 at offset 3073"));
}

TEST(Cifar10, EmptyAndMissingFilesAreErrors) {
  ImageSet set;
  EXPECT_THAT(ReadBytes("", set).message(), HasSubstr("x.bin is empty"));
  const absl::Status missing =
      ReadCifar10("/no/such/folder", Split::kTest).status();
  EXPECT_TRUE(absl::IsNotFound(missing));
  EXPECT_THAT(missing.message(),
              HasSubstr("cannot open /no/such/folder/test_batch.bin"));
}

TEST(Cifar10, SampleIsWholeAndBalanced) {
  const absl::StatusOr<ImageSet> train =
      ReadCifar10(SampleDataPath(), Split::kTrain);
  ASSERT_TRUE(train.ok()) << train.status();
  ASSERT_EQ(train->size(), 5000);
  std::vector<int> count(kCifarClasses);
  for (uint8_t label : train->labels) ++count[label];
  for (int n : count) EXPECT_NEAR(n, 500, 60);
  EXPECT_EQ(ReadCifar10(SampleDataPath(), Split::kTest, 10)->size(), 10);
  EXPECT_THAT(
      ReadCifar10(SampleDataPath(), Split::kTest, 1001).status().message(),
      HasSubstr("holds 1000 test images, fewer than the 1001 asked for"));
}

}  // namespace
}  // namespace lockstep
