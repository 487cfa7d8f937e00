#include "tools/cli/mapped_file.h"

#include <utility>

#include "gtest/gtest.h"
#include "tools/cli/file.h"

namespace lockstep {
namespace {

std::string Path(const std::string& name) {
  return testing::TempDir() + "/" + name;
}

TEST(MappedFile, HasTheFilesBytes) {
  const std::string text(10000, 'x');
  ASSERT_TRUE(WriteFileAtomically(Path("whole"), text).ok());
  auto file = MappedFile::Open(Path("whole"));
  ASSERT_TRUE(file.ok()) << file.status();
  const MappedFile moved = *std::move(file);
  EXPECT_EQ(moved.bytes(), text);
}

TEST(MappedFile, AnEmptyFileHasNoBytes) {
  ASSERT_TRUE(WriteFileAtomically(Path("empty"), "").ok());
  EXPECT_EQ(MappedFile::Open(Path("empty"))->bytes(), "");
}

TEST(MappedFile, NamesWhatItRefuses) {
  ASSERT_TRUE(WriteFileAtomically(Path("long"), "12345").ok());
  for (const auto& status : {MappedFile::Open(Path("absent")).status(),
                             MappedFile::Open(testing::TempDir()).status(),
                             MappedFile::Open(Path("long"), 4).status()}) {
    EXPECT_FALSE(status.ok());
    EXPECT_NE(status.message().find(testing::TempDir()), std::string::npos);
  }
}

}  // namespace
}  // namespace lockstep
