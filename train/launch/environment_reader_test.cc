#include "train/launch/environment_reader.h"

#include <cstdlib>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

// What holds for every variable of this environment: its value is its name.
std::optional<std::string> Echo(const std::string& name) {
  if (name == "NONE") return std::nullopt;
  return name;
}

TEST(EnvironmentReader, NumbersMustBeInRange) {
  const Environment environment = Echo;
  for (const char* good : {"0", "7", "9"}) {
    EnvironmentReader read(environment, "test");
    EXPECT_EQ(read.Number(good, 0, 9), good[0] - '0');
    EXPECT_TRUE(read.status().ok());
  }
  for (const char* bad :
       {"10", "-1", "x", "7x", "", "99999999999999999999", "1.5"}) {
    EnvironmentReader read(environment, "test");
    EXPECT_EQ(read.Number(bad, 0, 9), 0) << bad;
    EXPECT_TRUE(absl::IsInvalidArgument(read.status())) << bad;
    EXPECT_THAT(
        read.status().message(),
        HasSubstr(absl::StrCat(bad, "=", bad, " is not a number from 0 to 9")));
  }
}

TEST(EnvironmentReader, AbsentVariablesAreAnErrorOrADefault) {
  const Environment environment = Echo;
  EnvironmentReader read(environment, "test");
  EXPECT_FALSE(read.Has("NONE"));
  EXPECT_EQ(read.TextOr("NONE", "else"), "else");
  EXPECT_EQ(read.TextOr("A", "else"), "A");
  EXPECT_EQ(read.NumberOr("NONE", 5), 5);
  EXPECT_EQ(read.NumberOr("6", 5), 6);
  EXPECT_TRUE(read.status().ok());
  EXPECT_EQ(read.Text("NONE"), "");
  EXPECT_EQ(read.status().message(),
            "test set only a part of its variables: NONE is missing");
}

TEST(EnvironmentReader, TheFirstMistakeStays) {
  const Environment environment = Echo;
  EnvironmentReader read(environment, "test");
  read.Number("first", 0, 1);
  read.Number("second", 0, 1);
  read.Fail("third");
  EXPECT_THAT(read.status().message(), HasSubstr("first=first"));
  EXPECT_EQ(read.Checked({}).status(), read.status());
}

TEST(EnvironmentReader, ListsAreExpandedOrNamed) {
  const Environment environment = Echo;
  EnvironmentReader read(environment, "test");
  const auto expand =
      [](const std::string& text) -> absl::StatusOr<std::vector<std::string>> {
    if (text == "bad") return absl::InvalidArgumentError("not a list");
    return std::vector<std::string>{text, text};
  };
  EXPECT_EQ(read.List("a", expand).size(), 2);
  EXPECT_TRUE(read.List("bad", expand).empty());
  EXPECT_EQ(read.status().message(), "bad: not a list");
}

TEST(ProcessEnvironment, IsTheProcesss) {
  ASSERT_EQ(setenv("LOCKSTEP_TEST_VARIABLE", "7", 1), 0);
  ASSERT_EQ(unsetenv("LOCKSTEP_TEST_ABSENT"), 0);
  EXPECT_EQ(ProcessEnvironment()("LOCKSTEP_TEST_VARIABLE"), "7");
  EXPECT_EQ(ProcessEnvironment()("LOCKSTEP_TEST_ABSENT"), std::nullopt);
}

}  // namespace
}  // namespace lockstep
