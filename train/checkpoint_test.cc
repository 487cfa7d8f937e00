#include "train/checkpoint.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/file.h"
#include "tools/cli/testing_program.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

Checkpoint SomeCheckpoint(int64_t steps) {
  Checkpoint c;
  c.position.epoch = 3;
  c.position.images_done = 640;
  c.position.steps = steps;
  c.gradient_order = {"b", "a"};
  c.position.elapsed_s = 1.25;
  c.world_size = 2;
  c.run_id = "abc";
  c.log_csv = "epoch\n";
  c.flags = {{"lr", "0.1"}, {"output_dir", "/caf\xe9"}};  // not UTF-8
  c.tensors = {{"conv1.weight", std::string("\0\1\2", 3)}};
  c.rank_states = {"zero", std::string(1, '\0')};
  return c;
}

std::string PathOf(const std::string& folder, int64_t steps) {
  return absl::StrCat(folder, "/step-00000000", steps, ".ckpt");
}

size_t FilesIn(const std::string& folder) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    count += entry.is_regular_file();
  return count;
}

TEST(Checkpoint, ComesBackAsItWas) {
  const std::string folder = NewTestFolder() + "/new/folder";
  const Checkpoint c = SomeCheckpoint(7);
  ASSERT_TRUE(WriteCheckpoint(folder, c).ok());
  const auto found = ReadNewestCheckpoint(folder);
  ASSERT_TRUE(found.ok()) << found.status();
  const Checkpoint& r = found->checkpoint;
  EXPECT_EQ(
      std::tie(r.position.epoch, r.position.images_done, r.position.steps),
      std::tie(c.position.epoch, c.position.images_done, c.position.steps));
  EXPECT_EQ(
      std::tie(r.gradient_order, r.position.elapsed_s, r.world_size, r.run_id),
      std::tie(c.gradient_order, c.position.elapsed_s, c.world_size, c.run_id));
  EXPECT_EQ(std::tie(r.log_csv, r.flags, r.tensors, r.rank_states),
            std::tie(c.log_csv, c.flags, c.tensors, c.rank_states));
  EXPECT_EQ(found->warning, "");
}

TEST(Checkpoint, TheNewestAndTheOneBeforeItAreKept) {
  const std::string folder = NewTestFolder();
  for (int64_t steps : {3, 5, 9}) {
    ASSERT_TRUE(WriteCheckpoint(folder, SomeCheckpoint(steps)).ok());
  }
  EXPECT_EQ(FilesIn(folder), 2);
  EXPECT_EQ(ReadNewestCheckpoint(folder)->checkpoint.position.steps, 9);
}

TEST(Checkpoint, NoneIsNotFound) {
  EXPECT_TRUE(
      absl::IsNotFound(ReadNewestCheckpoint("/nowhere/at/all").status()));
}

// Every byte of the newest file flipped or cut off: the one before it is used
// and the damaged one named.
TEST(Checkpoint, ADamagedFileFallsBackToTheOneBefore) {
  const std::string folder = NewTestFolder();
  ASSERT_TRUE(WriteCheckpoint(folder, SomeCheckpoint(3)).ok());
  ASSERT_TRUE(WriteCheckpoint(folder, SomeCheckpoint(5)).ok());
  const std::string newest = PathOf(folder, 5), whole = *ReadFile(newest);
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string flipped = whole;
    flipped[i] ^= 1;
    for (const std::string& bytes : {flipped, whole.substr(0, i)}) {
      ASSERT_TRUE(WriteFileAtomically(newest, bytes).ok());
      const auto found = ReadNewestCheckpoint(folder);
      ASSERT_TRUE(found.ok()) << "byte " << i << ": " << found.status();
      EXPECT_EQ(found->checkpoint.position.steps, 3) << i;
      EXPECT_THAT(found->warning, HasSubstr("step-000000005.ckpt is damaged"));
    }
  }
}

TEST(Checkpoint, AllDamagedIsDataLoss) {
  const std::string folder = NewTestFolder();
  ASSERT_TRUE(WriteFileAtomically(PathOf(folder, 1), "junk").ok());
  EXPECT_TRUE(absl::IsDataLoss(ReadNewestCheckpoint(folder).status()));
}

// A limit on the file size is a disk that fills up while writing.
TEST(Checkpoint, AFullDiskLeavesTheOldOneUsable) {
  const std::string folder = NewTestFolder();
  ASSERT_TRUE(WriteCheckpoint(folder, SomeCheckpoint(3)).ok());
  Checkpoint large = SomeCheckpoint(5);
  large.tensors["x"] = std::string(1 << 20, 'x');
  signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {1 << 16, RLIM_INFINITY};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status status = WriteCheckpoint(folder, large);
  const rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &none), 0);
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(status.message(), HasSubstr("cannot write"));
  EXPECT_EQ(FilesIn(folder), 1);
  EXPECT_EQ(ReadNewestCheckpoint(folder)->checkpoint.position.steps, 3);
}

}  // namespace
}  // namespace lockstep
