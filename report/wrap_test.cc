#include "report/wrap.h"

#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

TEST(Wrap, LinesFitAndLoseNoWord) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "word" + std::to_string(i) + " ";
  const std::string wrapped = Wrapped(text, "  ");
  std::vector<std::string> words;
  for (absl::string_view line : absl::StrSplit(wrapped, '\n'))
    EXPECT_LE(line.size(), kTextWidth);
  EXPECT_EQ(
      std::vector<std::string>(
          absl::StrSplit(wrapped, absl::ByAnyChar(" \n"), absl::SkipEmpty())),
      std::vector<std::string>(absl::StrSplit(text, ' ', absl::SkipEmpty())));
}

TEST(Wrap, NoLineBeginsAListOrAHeading) {
  const std::string wrapped =
      Wrapped(std::string(kTextWidth - 3, 'x') + " - # = y");
  EXPECT_EQ(wrapped.find("\n-"), std::string::npos);
  EXPECT_EQ(wrapped.find("\n#"), std::string::npos);
}

TEST(Wrap, CodePointsAreCountedOnce) { EXPECT_EQ(Width("\u00e4b"), 2u); }

}  // namespace
}  // namespace lockstep
