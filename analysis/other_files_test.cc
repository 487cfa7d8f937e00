// What others wrote, through the real program: tables of it, or one line and
// exit code 2.

#include <algorithm>
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/file.h"
#include "tools/cli/testing_program.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;

constexpr char kFolder[] = "analysis/testdata/readers/";

ProgramResult Tabulate(const std::string& names) {
  return RunProgram(
      absl::StrCat("cd ", kFolder, " && ../../../analysis/tables ", names));
}

TEST(OtherFiles, EachIsRead) {
  for (const char* name :
       {"all_reduce.txt", "all_reduce.json", "rank0.json rank1.json",
        "own_trace.json", "lab_b128_p4.log", "full_time.log", "torchrun.log",
        "log_4gpu_bs64.csv"}) {
    const ProgramResult result = Tabulate(name);
    EXPECT_EQ(result.exit_code, kExitOk) << name << ": " << result.error;
    EXPECT_FALSE(result.out.empty()) << name;
  }
}

TEST(OtherFiles, TogetherInOneReport) {
  const ProgramResult result = Tabulate(
      "--format=csv all_reduce.txt rank0.json rank1.json full_time.log");
  EXPECT_EQ(result.exit_code, kExitOk) << result.error;
  for (const char* table :
       {"# trace_breakdown", "# trace_collectives", "# collectives_alone"})
    EXPECT_THAT(result.out, HasSubstr(table));
  EXPECT_THAT(result.out, HasSubstr("23.55"));
}

TEST(OtherFiles, FoldersOfALogSayWhatItDoesNot) {
  const std::string folder = NewTestFolder() + "/p4/b128";
  std::filesystem::create_directories(folder);
  ASSERT_TRUE(WriteFileAtomically(folder + "/out.log",
                                  "[TIME] epoch=1 | total_time_sec=5.023\n")
                  .ok());
  const ProgramResult result = RunProgram(
      absl::StrCat("analysis/tables --format=csv ", folder, "/out.log"));
  EXPECT_EQ(result.exit_code, kExitOk) << result.error;
  EXPECT_THAT(result.out, HasSubstr("5.023"));
}

TEST(OtherFiles, HostileOnesAreOneLine) {
  const std::string folder = NewTestFolder();
  const std::string contents[] = {
      "[TIME] epoch=1 | total_time_sec=-1\n",
      "[TIME] epoch=1 | total_time_sec=1e308\n",
      "[EPOCH] 1 | loss=inf\n",
      "epoch,tag,gpus,elapsed\n1,a,1000000000,2\n",
      "# nThread 1\n1 2 3 4 5 6 7 8\n",
      "{\"results\":[{\"size\":1,\"out_of_place\":{\"time\":-1}}],"
      "\"nccl_version\":1}",
      "{\"traceEvents\":[{\"ph\":\"X\",\"ts\":-1e300,\"dur\":1}]}",
      "{\"traceEvents\":" + std::string(1 << 20, '['),
      std::string("\x1f\x8b\x08\x00", 4),
      std::string(1 << 20, '\xff'),
  };
  int number = 0;
  for (const std::string& content : contents) {
    const std::string path = absl::StrCat(folder, "/", ++number);
    ASSERT_TRUE(WriteFileAtomically(path, content).ok());
    const ProgramResult result = RunProgram("analysis/tables " + path);
    EXPECT_EQ(result.exit_code, kExitUsage) << content.substr(0, 60);
    EXPECT_EQ(std::count(result.error.begin(), result.error.end(), '\n'), 1)
        << result.error;
    EXPECT_THAT(result.error, HasSubstr(absl::StrCat("/", number)));
  }
}

}  // namespace
}  // namespace lockstep::analysis
