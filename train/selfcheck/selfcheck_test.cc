// ddp --selfcheck as its users meet it: real processes, lines, exit codes.

#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/testing_program.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kQuick[] = " --selfcheck --threads 1 ";

ProgramResult Selfcheck(const std::string& flags) {
  return RunProgram(absl::StrCat("timeout 200 train/ddp", kQuick, flags));
}

void ExpectAllPass(const ProgramResult& result, int ranks) {
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.out, Not(HasSubstr("[FAIL]")));
  EXPECT_THAT(result.out,
              HasSubstr(absl::StrCat("[PASS] ranks | ranks=", ranks, " ")));
  for (const char* name : {"all-reduce", "broadcast", "all-gather",
                           "gradients lenet fp64", "bits lenet fp64"})
    EXPECT_THAT(result.out, HasSubstr(absl::StrCat("[PASS] ", name, " | ")));
  for (const char* name : {"link", "clocks"})
    EXPECT_EQ(result.out.find(absl::StrCat("[PASS] ", name, " | ")) !=
                  std::string::npos,
              ranks > 1)
        << name;
  EXPECT_THAT(result.out,
              HasSubstr(absl::StrCat("[SELFCHECK] ranks=", ranks, " | ")));
  EXPECT_THAT(result.out, HasSubstr(" | failed=0 | "));
}

TEST(Selfcheck, OneTwoAndThreeRanksPass) {
  for (const int ranks : {1, 2, 3})
    ExpectAllPass(Selfcheck(absl::StrCat("--model lenet --nproc ", ranks)),
                  ranks);
}

// Shares with an idle rank, batch norms over ranks, gradients in bf16.
TEST(Selfcheck, SynchronisedNetOnANarrowWirePasses) {
  const ProgramResult result = Selfcheck(
      "--model resnet20 --batch_norm sync --gradient_dtype bf16 --nproc 3 "
      "--link_peak_gbps 1000");
  ExpectAllPass(result, 3);
  for (const char* name :
       {"gradients resnet20 fp64", "sums resnet20 bf16", "bits resnet20 bf16"})
    EXPECT_THAT(result.out, HasSubstr(absl::StrCat("[PASS] ", name, " | ")));
  EXPECT_THAT(result.out, HasSubstr("[NOTE] utilisation | "));
}

TEST(Selfcheck, WritesNothingAndNeedsNoData) {
  const std::string folder = NewTestFolder();
  const ProgramResult result = RunProgram(absl::StrCat(
      "env BUILD_WORKING_DIRECTORY=", folder, " timeout 200 train/ddp", kQuick,
      "--model lenet --data_path /nowhere"));
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

// One line, of the rank whose flag it is; both exit alike.
TEST(Selfcheck, FlagsThatDifferAreBadInput) {
  const std::string run = absl::StrCat(
      "WORLD_SIZE=2 LOCAL_WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=",
      20000 + getpid() % 10000, " timeout 200 train/ddp", kQuick);
  const ProgramResult result = RunProgram(
      absl::StrCat("sh -c 'RANK=1 LOCAL_RANK=1 ", run,
                   "--model resnet20 & RANK=0 "
                   "LOCAL_RANK=0 ",
                   run, "--model lenet; code=$?; wait $!; exit $code'"));
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_THAT(result.error, HasSubstr("--model=resnet20, rank 0 has"));
  EXPECT_EQ(result.out, "");
}

// The connection's failures are those of any run.
TEST(Selfcheck, AMissingRankIsNamed) {
  const ProgramResult result = RunProgram(absl::StrCat(
      "env LOCKSTEP_RANK=0 LOCKSTEP_WORLD_SIZE=2 LOCKSTEP_RENDEZVOUS=",
      NewTestFolder(), "/nobody timeout 200 train/ddp", kQuick,
      "--init_timeout 1"));
  EXPECT_EQ(result.exit_code, kExitRendezvous);
  EXPECT_THAT(result.error, HasSubstr("rank 1 of 2 did not come"));
}

}  // namespace
}  // namespace lockstep
