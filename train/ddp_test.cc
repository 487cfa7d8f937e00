// //train:ddp as its users meet it: real processes, exit codes, lines, files.

#include <stdlib.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <regex>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/record_io.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/file.h"
#include "tools/cli/testing_program.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr char kSmall[] =
    " --model lenet --train_images 200 --test_images 50 --threads 1 --lr 0.02 ";

ProgramResult Ddp(const std::string& arguments,
                  const std::string& environment = "") {
  return RunProgram(
      absl::StrCat("env ", environment, " timeout 60 train/ddp ", arguments));
}

// The numbers after `key` on the [EPOCH] lines.
std::vector<double> EpochNumbers(const std::string& out, const char* key) {
  std::vector<double> numbers;
  for (absl::string_view line : absl::StrSplit(out, '\n')) {
    const size_t at = line.find(absl::StrCat("| ", key, "="));
    if (!absl::StartsWith(line, "[EPOCH]") || at == line.npos) continue;
    numbers.push_back(atof(line.data() + at + 3 + strlen(key)));
  }
  return numbers;
}

// Exit code 2, one line on standard error that has `text`, nothing else.
void ExpectUsageError(const std::string& arguments, const std::string& text,
                      const std::string& environment = "") {
  const ProgramResult result = Ddp(arguments, environment);
  EXPECT_EQ(result.exit_code, kExitUsage) << arguments;
  EXPECT_THAT(result.error, HasSubstr(text));
  EXPECT_EQ(std::count(result.error.begin(), result.error.end(), '\n'), 1)
      << result.error;
  EXPECT_EQ(result.out, "");
}

TEST(Ddp, TwoRanksLeaveRecordLogAndModel) {
  const std::string folder = NewTestFolder();
  const ProgramResult result = Ddp(absl::StrCat(
      "--nproc 2 --batch_size 16 --epochs 3", kSmall, "--output_dir ", folder));
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.out, HasSubstr("[MODEL] lenet | parameters=62006 | total "
                                    "gradient size ~ 0.25 MB\n"));
  EXPECT_TRUE(std::regex_search(
      result.out,
      std::regex("\\[TIME\\] epoch=1 \\| total_time_sec=[0-9.]+ \\| "
                 "compute_time_sec=[0-9.]+ \\| exposed_comm_sec=[0-9.]+\n")));
  EXPECT_THAT(result.out,
              HasSubstr("[CHECK] parameters of 2 ranks are bit-identical"));
  const auto file = ReadRecordFile(folder + "/run.rec");
  ASSERT_TRUE(file.ok() && file->problem.ok());
  const Header& header = file->records.front().header();
  EXPECT_EQ(header.ranks_size(), 2);
  EXPECT_EQ(header.launcher(), "local");
  EXPECT_EQ(header.gradient_bytes(), 62006 * 4);
  EXPECT_EQ(file->records.back().end().reason(), End::COMPLETED);
  EXPECT_EQ(file->records.back().end().steps(), 3 * 7);  // 200 / 32, rounded up
  const std::string csv = *ReadFile(folder + "/log.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 4);
  EXPECT_EQ(std::filesystem::file_size(folder + "/model.onnx") / 1000, 249);
}

// The sampler gives both the same global batches; LeNet has no batch norm.
// Bound: losses are printed with 4 digits and are about 2.3.
TEST(Ddp, TwoRanksLearnWhatOneRankLearns) {
  const std::string folder = NewTestFolder();
  const ProgramResult one = Ddp(absl::StrCat(
      "--batch_size 32 --epochs 3", kSmall, "--output_dir ", folder, "/1"));
  const ProgramResult two =
      Ddp(absl::StrCat("--nproc 2 --batch_size 16 --epochs 3", kSmall,
                       "--output_dir ", folder, "/2"));
  for (const char* key : {"loss", "test_loss"}) {
    const auto a = EpochNumbers(one.out, key), b = EpochNumbers(two.out, key);
    ASSERT_EQ(a.size(), 3);
    ASSERT_EQ(b.size(), 3);
    for (int i = 0; i < 3; ++i) EXPECT_NEAR(a[i], b[i], 2e-4) << key;
  }
}

TEST(Ddp, SameSeedSameBits) {
  const std::string folder = NewTestFolder();
  std::string checks[2];
  for (int i = 0; i < 2; ++i) {
    const std::string out = Ddp(absl::StrCat("--nproc 3 --batch_size 8", kSmall,
                                             "--output_dir ", folder, "/", i))
                                .out;
    checks[i] = out.substr(out.find("crc32c="), 15);
  }
  EXPECT_EQ(checks[0], checks[1]);
  EXPECT_THAT(checks[0], HasSubstr("crc32c="));
}

TEST(Ddp, MoreRanksThanImagesInTheLastStep) {
  const ProgramResult result = Ddp(absl::StrCat(
      "--nproc 4 --batch_size 2 --model lenet --train_images 17 --test_images "
      "3 --threads 1 --output_dir ",
      NewTestFolder()));
  EXPECT_EQ(result.exit_code, 0) << result.error;
}

TEST(Ddp, MaxStepsEndsTheRun) {
  const std::string folder = NewTestFolder();
  const ProgramResult result =
      Ddp(absl::StrCat("--batch_size 16 --max_steps 5 --epochs 9", kSmall,
                       "--output_dir ", folder));
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(ReadRecordFile(folder + "/run.rec")->records.back().end().steps(),
            5);
  EXPECT_EQ(EpochNumbers(result.out, "test_acc").size(), 1);
}

TEST(Ddp, BadFlagsAreNamed) {
  ExpectUsageError("--model vgg", "illegal value 'vgg' for --model");
  ExpectUsageError("--batch_size 0", "illegal value '0' for --batch_size");
  ExpectUsageError("--batchsize 3", "did you mean --batch_size?");
  ExpectUsageError("--epochs many", "illegal value 'many' for --epochs");
  ExpectUsageError("--lr nan", "--lr");
  ExpectUsageError("--no_ddp --nproc 2", "--no_ddp runs one rank");
  ExpectUsageError("surplus", "unexpected argument 'surplus'");
}

TEST(Ddp, BadDataIsNamed) {
  const std::string folder = NewTestFolder();
  ExpectUsageError("--nproc 2 --data_path /nowhere",
                   "cannot open /nowhere/data_batch_1.bin");
  for (int i = 1; i <= 5; ++i)
    std::ignore = WriteFileAtomically(
        absl::StrCat(folder, "/data_batch_", i, ".bin"), std::string(5000, 1));
  ExpectUsageError("--nproc 2 --data_path " + folder,
                   "data_batch_1.bin is truncated: the record at offset 3073");
  ExpectUsageError("--train_images 5001", "holds 5000 training images");
}

TEST(Ddp, AnUnwritableOutputIsRefusedBeforeTraining) {
  const std::string folder = NewTestFolder();
  std::ignore = WriteFileAtomically(folder + "/file", "");
  ExpectUsageError(
      absl::StrCat("--nproc 2", kSmall, "--output_dir ", folder, "/file/below"),
      "file/below");
}

TEST(Ddp, ARecordIsNeverOverwritten) {
  const std::string folder = NewTestFolder();
  std::ignore = WriteFileAtomically(folder + "/run.rec", "precious");
  ExpectUsageError(absl::StrCat(kSmall, "--output_dir ", folder),
                   "never overwritten");
  EXPECT_EQ(*ReadFile(folder + "/run.rec"), "precious");
}

TEST(Ddp, APartOfALaunchersVariablesIsAnError) {
  ExpectUsageError(kSmall, "WORLD_SIZE is missing", "RANK=0");
  ExpectUsageError(kSmall, "SLURM_PROCID is missing",
                   "SLURM_STEP_ID=0 SLURM_JOB_ID=1 SLURM_STEP_NUM_TASKS=2");
}

TEST(Ddp, TorchrunVariablesMakeAWorld) {
  const std::string folder = NewTestFolder();
  const std::string run = absl::StrCat(
      "WORLD_SIZE=2 LOCAL_WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=",
      20000 + getpid() % 10000, " timeout 60 train/ddp --batch_size 16", kSmall,
      "--output_dir ", folder);
  const ProgramResult result =
      RunProgram(absl::StrCat("sh -c 'RANK=1 LOCAL_RANK=1 ", run,
                              " & RANK=0 LOCAL_RANK=0 ", run, "; wait $!'"));
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.out, HasSubstr("parameters of 2 ranks"));
  EXPECT_EQ(ReadRecordFile(folder + "/run.rec")->records[0].header().launcher(),
            "torchrun");
}

TEST(Ddp, AMissingRankIsNamedInTime) {
  const ProgramResult result =
      Ddp(absl::StrCat("--init_timeout 1", kSmall, "--output_dir ",
                       NewTestFolder()),
          absl::StrCat("LOCKSTEP_RANK=0 LOCKSTEP_WORLD_SIZE=3 "
                       "LOCKSTEP_RENDEZVOUS=",
                       ::testing::TempDir(), "/nobody"));
  EXPECT_EQ(result.exit_code, kExitRendezvous);
  EXPECT_THAT(result.error, HasSubstr("ranks 1, 2 of 3 did not come"));
}

TEST(Ddp, HelpListsGroups) {
  const ProgramResult result = Ddp("--help");
  EXPECT_EQ(result.exit_code, 0);
  for (const char* group : {"data:", "net:", "length:", "parallel:",
                            "optimiser:", "measure:", "keep:"})
    EXPECT_THAT(result.out, HasSubstr(absl::StrCat("\n", group, "\n")));
}

}  // namespace
}  // namespace lockstep
