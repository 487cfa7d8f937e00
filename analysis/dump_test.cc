// The program //analysis:dump.

#include "analysis/testing_records.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/file.h"
#include "tools/cli/testing_program.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string WriteRecord(const std::string& bytes) {
  const std::string path = NewTestFolder() + "/run.rec";
  EXPECT_TRUE(WriteFileAtomically(path, bytes).ok());
  return path;
}

TEST(Dump, PrintsEveryRecordAsText) {
  const ProgramResult result = RunProgram(
      "analysis/dump " + WriteRecord(FileOf(RecordsOf(SyntheticRun()))));
  EXPECT_EQ(result.exit_code, kExitOk) << result.error;
  EXPECT_THAT(result.out, StartsWith("# record 0\nheader {\n"));
  EXPECT_THAT(result.out, HasSubstr("model: \"resnet18\""));
  EXPECT_THAT(result.out, HasSubstr("reason: COMPLETED"));
}

TEST(Dump, DamagedTailIsReportedAfterWhatIsBeforeIt) {
  const std::string whole = FileOf(RecordsOf(SyntheticRun()));
  const ProgramResult result = RunProgram(
      "analysis/dump " + WriteRecord(whole.substr(0, whole.size() - 1)));
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_THAT(result.out, HasSubstr("header {"));
  EXPECT_THAT(result.error, HasSubstr("truncated frame at offset"));
}

TEST(Dump, BadUse) {
  EXPECT_EQ(RunProgram("analysis/dump").exit_code, kExitUsage);
  EXPECT_EQ(RunProgram("analysis/dump /none.rec").exit_code, kExitUsage);
  EXPECT_EQ(RunProgram("analysis/dump " + WriteRecord("")).exit_code,
            kExitUsage);
}

}  // namespace
}  // namespace lockstep::analysis
