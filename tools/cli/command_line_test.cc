#include "tools/cli/command_line.h"

#include <cmath>
#include <cstdlib>

#include "absl/flags/flag.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/exit_code.h"

ABSL_FLAG(int, batch_size, 128, "[data] images per rank and step");
ABSL_FLAG(bool, verify, false, "[engine] compare kernels");
ABSL_FLAG(std::string, model, "resnet18",
          "[net] which net of those that are known; a long text that does not "
          "fit a line is wrapped");

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::StatusOr<std::vector<std::string>> Parse(std::vector<std::string> args) {
  std::vector<char*> argv = {const_cast<char*>("program")};
  for (std::string& arg : args) argv.push_back(arg.data());
  return ParseCommandLine(argv.size(), argv.data());
}

TEST(ParseCommandLine, AcceptsEverySpelling) {
  const auto rest = Parse({"--batch_size=32", "a", "--model", "lenet",
                           "-verify", "b", "--", "--c"});
  ASSERT_TRUE(rest.ok()) << rest.status();
  EXPECT_THAT(*rest, ElementsAre("a", "b", "--c"));
  EXPECT_EQ(absl::GetFlag(FLAGS_batch_size), 32);
  EXPECT_EQ(absl::GetFlag(FLAGS_model), "lenet");
  EXPECT_TRUE(absl::GetFlag(FLAGS_verify));
  ASSERT_TRUE(Parse({"--noverify"}).ok());
  EXPECT_FALSE(absl::GetFlag(FLAGS_verify));
}

TEST(ParseCommandLine, NamesTheMistake) {
  const absl::Status unknown = Parse({"--batchsize=3"}).status();
  EXPECT_THAT(unknown.message(), HasSubstr("did you mean --batch_size?"));
  EXPECT_EQ(ExitCodeFor(unknown), kExitUsage);
  EXPECT_THAT(Parse({"--batch_size=many"}).status().message(),
              HasSubstr("illegal value 'many' for --batch_size"));
  EXPECT_THAT(Parse({"--batch_size"}).status().message(),
              HasSubstr("--batch_size needs a value"));
}

TEST(HelpText, ListsGroupsAndDefaults) {
  const std::string help = HelpText("program", "Does it.");
  EXPECT_THAT(help, HasSubstr("data:\n  --batch_size (128)\n        images"));
  EXPECT_THAT(help, HasSubstr("program: Does it."));
  EXPECT_THAT(help,
              HasSubstr("that does not fit a line\n        is wrapped\n"));
}

TEST(ResolveUserPath, IsRelativeToTheUser) {
  setenv("BUILD_WORKING_DIRECTORY", "/home/me", 1);
  EXPECT_EQ(ResolveUserPath("out"), "/home/me/out");
  EXPECT_EQ(ResolveUserPath("/abs"), "/abs");
  EXPECT_EQ(ResolveUserPath(""), "");
  unsetenv("BUILD_WORKING_DIRECTORY");
  EXPECT_EQ(ResolveUserPath("out"), "out");
}

TEST(CheckOneOf, ListsWhatIsAllowed) {
  EXPECT_TRUE(CheckOneOf("isa", "avx2", {"auto", "avx2"}).ok());
  EXPECT_EQ(CheckOneOf("isa", "sse", {"auto", "avx2"}).message(),
            "illegal value 'sse' for --isa: expected one of auto, avx2");
}

TEST(CheckRange, SaysWhatIsExpected) {
  EXPECT_TRUE(CheckRange("epochs", 3, 1, 3).ok());
  EXPECT_EQ(CheckRange("epochs", 0, 1, 3).message(),
            "illegal value '0' for --epochs: expected a number from 1 to 3");
  EXPECT_FALSE(CheckRange("lr", std::nan(""), 0, 1).ok());
}

TEST(RunMain, ReturnsTheExitCodeOfTheStatus) {
  char program[] = "program", bad[] = "--nonsense";
  char* good_argv[] = {program};
  char* bad_argv[] = {program, bad};
  const auto fail = [](const std::vector<std::string>&) {
    return absl::UnavailableError("rank 3 went away");
  };
  EXPECT_EQ(RunMain(1, good_argv, "", fail), kExitPeerFailed);
  EXPECT_EQ(RunMain(2, bad_argv, "", fail), kExitUsage);
}

}  // namespace
}  // namespace lockstep
