#include "proto/record_io.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/file.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

Record EpochRecord(uint32_t number) {
  Record record;
  record.mutable_epoch()->set_epoch(number);
  return record;
}

std::string Frames(int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i)
    bytes += FrameRecord(EpochRecord(i + 1).SerializeAsString());
  return bytes;
}

TEST(RecordIo, FrameIsTensorFlowsFrame) {
  // The frame of "abc", computed with TensorFlow's definition and a bitwise
  // CRC32C.
  const std::string frame = FrameRecord("abc");
  const unsigned char expected[] = {3,   0,    0,    0,    0,    0,   0,
                                    0,   0xb0, 0x99, 0x49, 0x0e, 'a', 'b',
                                    'c', 0x6e, 0x57, 0xf1, 0x21};
  ASSERT_EQ(frame.size(), sizeof(expected));
  EXPECT_EQ(frame, std::string(reinterpret_cast<const char*>(expected),
                               sizeof(expected)));
}

TEST(RecordIo, WritesAndReadsBack) {
  const std::string path = ::testing::TempDir() + "/run.rec";
  unlink(path.c_str());
  {
    auto writer = RecordWriter::Create(path);
    ASSERT_TRUE(writer.ok()) << writer.status();
    for (int i = 1; i <= 3; ++i)
      ASSERT_TRUE((*writer)->Append(EpochRecord(i)).ok());
  }
  const auto file = ReadRecordFile(path);
  ASSERT_TRUE(file.ok() && file->problem.ok());
  ASSERT_EQ(file->records.size(), 3);
  EXPECT_EQ(file->records[2].epoch().epoch(), 3);
  EXPECT_TRUE(absl::IsAlreadyExists(RecordWriter::Create(path).status()));
}

// A Latin-1 folder must not cost the record.
TEST(RecordIo, TextThatIsNotUtf8IsMadeReadable) {
  const std::string path = ::testing::TempDir() + "/latin1.rec";
  unlink(path.c_str());
  Record record;
  record.mutable_header()->set_data_path("/caf\xe9");
  (*record.mutable_header()->mutable_flags())["output_dir"] = "\xff/\xc3\xa9";
  (*record.mutable_header()->mutable_flags())["data_path"] = "/caf\xc3\xa9";
  ASSERT_TRUE((*RecordWriter::Create(path))->Append(record).ok());
  const auto file = ReadRecordFile(path);
  ASSERT_TRUE(file.ok() && file->problem.ok()) << file->problem;
  const Header& header = file->records.at(0).header();
  EXPECT_EQ(header.data_path(), "/caf?");
  EXPECT_EQ(header.flags().at("output_dir"), "?/??");
  EXPECT_EQ(header.flags().at("data_path"), "/caf\xc3\xa9");
}

TEST(RecordIo, EveryTruncationKeepsWhatWasWhole) {
  const std::string bytes = Frames(3);
  const size_t frame = bytes.size() / 3;
  for (size_t size = 0; size <= bytes.size(); ++size) {
    const RecordFile file = ParseRecords(bytes.substr(0, size), "r");
    ASSERT_EQ(file.records.size(), size / frame);
    ASSERT_EQ(file.problem.ok(), size % frame == 0);
  }
}

TEST(RecordIo, EveryFlippedByteIsFound) {
  const std::string bytes = Frames(2);
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] ^= 0x40;
    const RecordFile file = ParseRecords(damaged, "run.rec");
    ASSERT_FALSE(file.problem.ok()) << i;
    EXPECT_THAT(file.problem.message(), HasSubstr("run.rec: "));
    EXPECT_EQ(file.records.size(), i < bytes.size() / 2 ? 0 : 1);
  }
}

TEST(RecordIo, UnknownFieldsSurvive) {
  // Field 100, length-delimited: from a newer schema.
  const std::string newer = std::string("\xa2\x06\x02hi", 5);
  const RecordFile file = ParseRecords(FrameRecord(newer), "r");
  ASSERT_TRUE(file.problem.ok());
  EXPECT_EQ(file.records[0].SerializeAsString(), newer);
}

// A file size limit stands in for a full disk: the second frame does not fit.
TEST(RecordIo, FullDiskKeepsTheWholeFrames) {
  const std::string path = ::testing::TempDir() + "/full.rec";
  unlink(path.c_str());
  signal(SIGXFSZ, SIG_IGN);
  const size_t frame = Frames(1).size();
  auto writer = RecordWriter::Create(path);
  ASSERT_TRUE(writer.ok());
  rlimit old;
  getrlimit(RLIMIT_FSIZE, &old);
  const rlimit small = {frame + 5, old.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_TRUE((*writer)->Append(EpochRecord(1)).ok());
  const absl::Status full = (*writer)->Append(EpochRecord(2));
  setrlimit(RLIMIT_FSIZE, &old);
  EXPECT_THAT(full.message(), HasSubstr("cannot write " + path));
  const auto file = ReadRecordFile(path);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(file->problem.ok()) << file->problem;
  EXPECT_EQ(file->records.size(), 1);
}

}  // namespace
}  // namespace lockstep
