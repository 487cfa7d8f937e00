// The program //analysis:tables from its command line to its files.

#include <filesystem>
#include <map>

#include "absl/strings/str_cat.h"
#include "analysis/testing_groups.h"
#include "analysis/testing_records.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "report/testing_schema.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/file.h"
#include "tools/cli/testing_program.h"

namespace lockstep::analysis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ProgramResult Tables(const std::string& arguments,
                     const std::string& environment = "") {
  return RunProgram(absl::StrCat(environment, " analysis/tables ", arguments));
}

// A folder with the records of one and two ranks.
std::string TwoRuns() {
  const std::string folder = NewTestFolder();
  for (const uint32_t ranks : {1, 2}) {
    const SyntheticRun run = Ranks(ranks, 100);
    EXPECT_TRUE(WriteFileAtomically(absl::StrCat(folder, "/", run.id, ".rec"),
                                    FileOf(RecordsOf(run)))
                    .ok());
  }
  return folder;
}

size_t Occurrences(const std::string& text, const std::string& word) {
  size_t count = 0;
  for (size_t at = text.find(word); at != std::string::npos;
       at = text.find(word, at + 1))
    ++count;
  return count;
}

// One line, and it is an error's.
void ExpectOneErrorLine(const ProgramResult& result, const std::string& words) {
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_EQ(Occurrences(result.error, "\n"), 1) << result.error;
  EXPECT_THAT(result.error, HasSubstr(words));
  EXPECT_EQ(result.out, "");
}

// The numbers are those of testing_records.h, checked by hand. To renew the
// file: run this test with TEST_TMPDIR set, then //analysis:tables on the
// folder it leaves there.
TEST(Tables, MarkdownGolden) {
  const ProgramResult result = Tables(TwoRuns());
  EXPECT_EQ(result.exit_code, kExitOk) << result.error;
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.out,
            ReadFile("analysis/testdata/two_runs.md").value_or("no file"));
}

TEST(Tables, CsvHasEveryTable) {
  const ProgramResult result = Tables(TwoRuns() + " --format csv");
  EXPECT_EQ(result.exit_code, kExitOk) << result.error;
  for (const char* name : {"runs", "time_against_batch", "weak", "throughput",
                           "breakdown", "overlap", "bandwidth", "accuracy"})
    EXPECT_THAT(result.out, HasSubstr(absl::StrCat("# ", name, "\n")));
}

TEST(Tables, JsonIsWhatTheSchemaSays) {
  const std::string runs = TwoRuns(), folder = runs + "/report";
  const ProgramResult result =
      Tables(absl::StrCat(runs, " --format json --output_dir ", folder));
  EXPECT_EQ(result.exit_code, kExitOk) << result.error;
  EXPECT_EQ(WhyNotAReport(result.out), "");
  EXPECT_EQ(ReadFile(folder + "/report.json").value_or(""), result.out);
}

TEST(Tables, WritesAReportThatStandsAlone) {
  const std::string runs = TwoRuns(), folder = runs + "/report/new";
  const ProgramResult result = Tables(
      absl::StrCat(runs, " --output_dir ", folder, " --link_peak_gbps 8"));
  ASSERT_EQ(result.exit_code, kExitOk) << result.error;
  const std::string html = ReadFile(folder + "/report.html").value();
  if (RunProgram("gnuplot --version").exit_code == 0) {
    EXPECT_GE(Occurrences(html, "<svg"), 2);
  }
  for (const char* external : {"src=", "<link", "<script", "@import", "url(h"})
    EXPECT_THAT(html, Not(HasSubstr(external)));
  EXPECT_EQ(ReadFile(folder + "/tables.md").value(), result.out);
  EXPECT_THAT(ReadFile(folder + "/bandwidth.csv").value(),
              HasSubstr("utilisation_percent_low"));
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    EXPECT_NE(entry.path().extension(), ".tmp");
}

TEST(Tables, TwinsAndOverlapOffHaveTables) {
  const std::string folder = NewTestFolder();
  const std::map<std::string, std::string> flags[] = {
      {}, {{"twin", "no_sync"}}, {{"overlap", "false"}}};
  for (size_t i = 0; i < 3; ++i) {
    SyntheticRun run = Ranks(2, 100);
    run.id = absl::StrCat("run", i);
    run.flags = flags[i];
    EXPECT_TRUE(WriteFileAtomically(absl::StrCat(folder, "/", run.id, ".rec"),
                                    FileOf(RecordsOf(run)))
                    .ok());
  }
  const ProgramResult result = Tables(folder);
  EXPECT_EQ(result.exit_code, kExitOk) << result.error;
  for (const char* text :
       {"## Ablation twins", "## Overlap off", "overlap off", "twin no_sync",
        "run1 is a twin (no_sync): what it learned means nothing"})
    EXPECT_THAT(result.out, HasSubstr(text));
}

TEST(Tables, WithoutGnuplotTheTablesAreStillWritten) {
  const std::string runs = TwoRuns(), folder = runs + "/report";
  const ProgramResult result =
      Tables(absl::StrCat(runs, " --output_dir ", folder), "PATH=/nowhere");
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_THAT(result.error, HasSubstr("gnuplot is not in PATH"));
  EXPECT_EQ(Occurrences(result.error, "\n"), 1);
  const std::string html = ReadFile(folder + "/report.html").value();
  EXPECT_THAT(html, HasSubstr("Not drawn: gnuplot is not in PATH"));
  EXPECT_THAT(html, HasSubstr("<table>"));
}

TEST(Tables, DamagedTailIsOneWarning) {
  const std::string folder = NewTestFolder();
  const std::string whole = FileOf(RecordsOf(Ranks(1, 100)));
  ASSERT_TRUE(WriteFileAtomically(folder + "/a.rec", whole + "torn").ok());
  const ProgramResult result = Tables(folder);
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_THAT(result.error, HasSubstr("tables: warning: "));
  EXPECT_THAT(result.error,
              HasSubstr(absl::StrCat("a.rec: truncated frame header at offset ",
                                     whole.size())));
  EXPECT_THAT(result.out, HasSubstr("0.6800"));  // 20 steps of 34 ms
}

TEST(Tables, KilledRunIsListed) {
  const std::string folder = NewTestFolder();
  std::vector<Record> records = RecordsOf(Ranks(1, 100));
  records.pop_back();
  ASSERT_TRUE(WriteFileAtomically(folder + "/a.rec", FileOf(records)).ok());
  const ProgramResult result = Tables(folder);
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_THAT(result.out, HasSubstr("## Left out"));
  EXPECT_THAT(result.out, Not(HasSubstr("## Time against batch")));
}

TEST(Tables, BadUseIsOneLine) {
  const std::string folder = TwoRuns();
  ExpectOneErrorLine(Tables(""), "no PATH");
  ExpectOneErrorLine(Tables(folder + " --format yaml"),
                     "markdown, csv, json, html");
  ExpectOneErrorLine(Tables(folder + " --link_peak_gbps -1"), "-1");
  ExpectOneErrorLine(Tables(folder + "/none"), "does not exist");
  ExpectOneErrorLine(Tables(folder + " --formt csv"), "--format");
  // Below a plain file nobody can make a folder, not even root.
  ExpectOneErrorLine(
      Tables(absl::StrCat(folder, " --output_dir ", folder, "/p1b100.rec/out")),
      "p1b100.rec/out");
}

TEST(Tables, FullStandardOutputIsAFailure) {
  const ProgramResult result =
      RunProgram("bash -c 'analysis/tables --explain E1 > /dev/full'");
  EXPECT_EQ(result.exit_code, kExitFailed);
  EXPECT_THAT(result.error, HasSubstr("cannot write standard output"));
}

TEST(Tables, PathsAreRelativeToTheUser) {
  const std::string folder = TwoRuns();
  const ProgramResult result = Tables("p1b100.rec --output_dir here",
                                      "BUILD_WORKING_DIRECTORY=" + folder);
  EXPECT_EQ(result.exit_code, kExitOk) << result.error;
  EXPECT_TRUE(std::filesystem::exists(folder + "/here/report.html"));
}

}  // namespace
}  // namespace lockstep::analysis
