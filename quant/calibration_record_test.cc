#include "quant/calibration_record.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::quant {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CalibrationRecord Example() {
  CalibrationRecord record;
  record.options = {"percentile", 99.99};
  record.images = 512;
  record.seed = std::numeric_limits<uint64_t>::max();
  record.images_crc32c = 0xdeadbeef;
  record.equalized = true;
  record.rounded_for_outputs = true;
  record.ranges = {{"input", {-1.9892172f, 2.1265176f}},
                   {"a \"name\"\n", {0, std::numeric_limits<float>::max()}},
                   {"", {-std::numeric_limits<float>::denorm_min(), 0}}};
  return record;
}

TEST(CalibrationRecord, ReadsBackAsItWas) {
  const CalibrationRecord record = Example();
  const std::string text = WriteCalibrationRecord(record);
  EXPECT_THAT(text, Not(HasSubstr("\n")));
  const auto read = ReadCalibrationRecord(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->options.method, "percentile");
  EXPECT_EQ(read->options.percentile, 99.99);
  EXPECT_EQ(read->images, 512);
  EXPECT_EQ(read->seed, record.seed);
  EXPECT_EQ(read->images_crc32c, 0xdeadbeef);
  EXPECT_TRUE(read->equalized);
  EXPECT_FALSE(read->bias_corrected);
  EXPECT_TRUE(read->rounded_for_outputs);
  EXPECT_EQ(read->normalization.mean, record.normalization.mean);
  EXPECT_EQ(read->normalization.std, record.normalization.std);
  ASSERT_EQ(read->ranges.size(), 3);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(read->ranges[i].name, record.ranges[i].name);
    EXPECT_EQ(read->ranges[i].range.min, record.ranges[i].range.min);
    EXPECT_EQ(read->ranges[i].range.max, record.ranges[i].range.max);
  }
  EXPECT_EQ(WriteCalibrationRecord(*read), text);
}

TEST(CalibrationRecord, ThePercentileIsWrittenIfItIsUsed) {
  CalibrationRecord record = Example();
  EXPECT_THAT(WriteCalibrationRecord(record),
              HasSubstr("\"percentile\":99.99"));
  record.options.method = "mse";
  EXPECT_THAT(WriteCalibrationRecord(record), Not(HasSubstr("percentile")));
}

TEST(CalibrationRecord, NamesThatAreNotUtf8AreWritten) {
  CalibrationRecord record = Example();
  record.ranges[0].name = "\xff\xfe";
  EXPECT_TRUE(ReadCalibrationRecord(WriteCalibrationRecord(record)).ok());
}

TEST(CalibrationRecord, ValuesAreNamedByTheirNodes) {
  FloatGraph graph = EmptyGraph({3, 2, 2});
  ASSERT_TRUE(AppendNode({Op::kRelu, "first", {0}, {}}, graph).ok());
  const auto named = NameRanges(graph, {{-1, 1}, {0, 1}});
  ASSERT_EQ(named.size(), 2);
  EXPECT_EQ(named[0].name, "input");
  EXPECT_EQ(named[1].name, "first");
  EXPECT_EQ(named[1].range.max, 1);
}

// The example with one piece of its text replaced.
absl::Status StatusWith(const std::string& piece,
                        const std::string& replacement) {
  std::string text = WriteCalibrationRecord(Example());
  const size_t at = text.find(piece);
  EXPECT_NE(at, std::string::npos) << piece;
  return ReadCalibrationRecord(text.replace(at, piece.size(), replacement))
      .status();
}

struct Damage {
  const char* piece;
  const char* replacement;
  const char* message;
};

TEST(CalibrationRecord, WhatNoRecordCanHoldIsNamed) {
  const Damage damages[] = {
      {"\"version\":1", "\"version\":2", "'version'"},
      {"\"percentile\",", "\"entropy\",", "'entropy'"},
      {"\"percentile\",", "7,", "'method'"},
      {"99.99", "101", "'percentile'"},
      {"\"images\":512", "\"images\":0", "'images'"},
      {"\"images\":512", "\"images\":-1", "'images'"},
      {"\"images\":512", "\"imagez\":5", "'images'"},
      {"\"images\":512", "\"images\":5.5", "'images'"},
      {"3735928559", "4294967296", "'images_crc32c'"},
      {"true", "1", "'equalized'"},
      {"\"mean\":[", "\"mean\":[0.5,", "'mean'"},
      {"\"std\":[0", "\"std\":[-0", "'std'"},
      {"\"ranges\":[[", "\"ranges\":[[1,", "'ranges'"},
      {"\"input\",-1", "\"input\",1", "'ranges'"},
      {"\"input\",-1", "\"input\",-1e40", "not a JSON object"},
      {"\"input\"", "null", "'ranges'"},
      {"{", "[", "not a JSON object"},
      {"}", "", "not a JSON object"},
  };
  for (const Damage& damage : damages) {
    const absl::Status status = StatusWith(damage.piece, damage.replacement);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << damage.replacement;
    EXPECT_THAT(status.message(), HasSubstr(damage.message));
    EXPECT_THAT(status.message(), HasSubstr(kCalibrationKey));
  }
}

TEST(CalibrationRecord, SizesAreBounded) {
  EXPECT_FALSE(ReadCalibrationRecord(std::string(5 << 20, ' ')).ok());
  EXPECT_FALSE(ReadCalibrationRecord(std::string(1 << 20, '[')).ok());
  CalibrationRecord record = Example();
  record.ranges.resize(10002);
  EXPECT_THAT(
      ReadCalibrationRecord(WriteCalibrationRecord(record)).status().message(),
      HasSubstr("'ranges'"));
}

}  // namespace
}  // namespace lockstep::quant
