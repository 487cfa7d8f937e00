#include "tools/cli/file.h"

#include <sys/stat.h>

#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

std::string TempPath(const std::string& name) {
  return ::testing::TempDir() + "/" + name;
}

TEST(File, WritesWholeAndReadsBack) {
  const std::string path = TempPath("whole");
  ASSERT_TRUE(WriteFileAtomically(path, "first").ok());
  ASSERT_TRUE(WriteFileAtomically(path, "second").ok());
  EXPECT_EQ(*ReadFile(path), "second");
}

TEST(File, NamesWhatIsMissing) {
  const absl::Status status = ReadFile(TempPath("absent")).status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(status.message(), HasSubstr("absent"));
  EXPECT_TRUE(absl::IsInvalidArgument(ReadFile(TempPath("")).status()));
}

TEST(File, RefusesWhatMayHaveNoEnd) {
  EXPECT_EQ(ReadFile("/dev/zero").status().message(),
            "/dev/zero is a device, not a file");
}

TEST(File, RefusesTooMuch) {
  const std::string path = TempPath("large");
  ASSERT_TRUE(WriteFileAtomically(path, std::string(100, 'x')).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(ReadFile(path, 99).status()));
}

// /dev/full takes no byte; the folder it is in takes no file from most users.
TEST(File, AFailedWriteLeavesTheOldFile) {
  const std::string folder = TempPath("folder");
  ASSERT_TRUE(MakeWritableDirectory(folder).ok());
  ASSERT_TRUE(WriteFileAtomically(folder + "/x", "old").ok());
  EXPECT_FALSE(WriteFileAtomically(folder + "/no/x", "new").ok());
  EXPECT_EQ(*ReadFile(folder + "/x"), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST(File, MakeWritableDirectoryRefusesAFile) {
  const std::string path = TempPath("plain");
  ASSERT_TRUE(WriteFileAtomically(path, "").ok());
  EXPECT_FALSE(MakeWritableDirectory(path + "/below").ok());
}

}  // namespace
}  // namespace lockstep
