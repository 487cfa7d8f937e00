#include "analysis/read.h"

#include <sys/stat.h>

#include <filesystem>

#include "analysis/testing_records.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/file.h"
#include "tools/cli/testing_program.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;

std::string Write(const std::string& path, const std::string& bytes) {
  EXPECT_TRUE(WriteFileAtomically(path, bytes).ok()) << path;
  return path;
}

SyntheticRun Named(const std::string& id) {
  SyntheticRun run;
  run.id = id;
  return run;
}

std::string ErrorOf(const std::vector<std::string>& paths) {
  return std::string(ReadRuns(paths).status().message());
}

TEST(ReadRuns, SearchesFoldersAndReadsEachFileOnce) {
  const std::string folder = NewTestFolder();
  std::filesystem::create_directories(folder + "/deep/er");
  Write(folder + "/a.rec", FileOf(RecordsOf(Named("a"))));
  const std::string b =
      Write(folder + "/deep/er/b.rec", FileOf(RecordsOf(Named("b"))));
  Write(folder + "/log.csv", "not a record");
  const auto read = ReadRuns({folder, b});
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->runs.size(), 2);
  EXPECT_EQ(read->runs[0].id, "a");
  EXPECT_EQ(read->runs[1].id, "b");
  EXPECT_TRUE(read->warnings.empty());
}

TEST(ReadRuns, DamagedTailIsAWarningAndWhatIsBeforeItIsUsed) {
  const std::string folder = NewTestFolder();
  const std::string whole = FileOf(RecordsOf(Named("a")));
  Write(folder + "/a.rec", whole + whole.substr(0, 20));
  const auto read = ReadRuns({folder});
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->warnings.size(), 1);
  EXPECT_THAT(read->warnings[0], HasSubstr("a.rec"));
  EXPECT_THAT(read->warnings[0],
              HasSubstr("offset " + std::to_string(whole.size())));
  EXPECT_EQ(read->runs[0].left_out, "");
  EXPECT_EQ(read->runs[0].measurement.step_s.size(), 20);
}

TEST(ReadRuns, KilledRunIsLeftOutButItsEpochsAreKnown) {
  const std::string folder = NewTestFolder();
  std::vector<Record> records = RecordsOf(Named("a"));
  records.pop_back();
  Write(folder + "/a.rec", FileOf(records));
  const auto read = ReadRuns({folder});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->runs[0].left_out, HasSubstr("no end"));
  EXPECT_EQ(read->runs[0].epochs.size(), 2);
}

TEST(ReadRuns, FailedRunIsLeftOutWithItsCause) {
  const std::string folder = NewTestFolder();
  std::vector<Record> records = RecordsOf(Named("a"));
  records.back().mutable_end()->set_reason(End::FAILED);
  records.back().mutable_end()->set_message("rank 1 died");
  Write(folder + "/a.rec", FileOf(records));
  const auto read = ReadRuns({folder});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->runs[0].left_out, "it ended early (failed): rank 1 died");
}

TEST(ReadRuns, CopyOfARunIsNotARepeat) {
  const std::string folder = NewTestFolder();
  Write(folder + "/a.rec", FileOf(RecordsOf(Named("a"))));
  Write(folder + "/copy.rec", FileOf(RecordsOf(Named("a"))));
  const auto read = ReadRuns({folder});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->runs[0].left_out, "");
  EXPECT_THAT(read->runs[1].left_out, HasSubstr("a.rec is the same run"));
}

TEST(ReadRuns, PipesAndDevicesAreRefused) {
  EXPECT_THAT(ErrorOf({"/dev/zero"}), HasSubstr("/dev/zero is neither"));
  const std::string folder = NewTestFolder();
  const std::string pipe = folder + "/a.rec";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(ErrorOf({pipe}), HasSubstr("a.rec is neither"));
  EXPECT_THAT(ErrorOf({folder}), HasSubstr("a.rec is neither"));
}

TEST(ReadRuns, BadInputIsNamed) {
  const std::string folder = NewTestFolder();
  EXPECT_THAT(ErrorOf({folder + "/none"}), HasSubstr("does not exist"));
  EXPECT_THAT(ErrorOf({folder}), HasSubstr("no record"));
  const std::string text = Write(folder + "/text.rec", "hello, this is text");
  EXPECT_THAT(ErrorOf({text}), HasSubstr("is not a run record"));
  EXPECT_THAT(ErrorOf({Write(folder + "/empty.rec", "")}),
              HasSubstr("does not start with a header"));
  std::vector<Record> records = RecordsOf(Named("a"));
  records.erase(records.begin());
  EXPECT_THAT(ErrorOf({Write(folder + "/headless.rec", FileOf(records))}),
              HasSubstr("does not start with a header"));
  records = RecordsOf(Named("a"));
  records[0].mutable_header()->set_schema_version(2);
  EXPECT_THAT(ErrorOf({Write(folder + "/newer.rec", FileOf(records))}),
              HasSubstr("schema version 2"));
  const std::string run = FileOf(RecordsOf(Named("a")));
  EXPECT_THAT(ErrorOf({Write(folder + "/two.rec", run + run)}),
              HasSubstr("more than one run"));
}

}  // namespace
}  // namespace lockstep::analysis
