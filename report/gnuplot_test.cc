#include "report/gnuplot.h"

#include <cstdlib>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Gnuplot, StringsAreNotCommands) {
  EXPECT_EQ(GnuplotString("it's"), "'it''s'");
  EXPECT_EQ(GnuplotString("a\nsystem 'x'"), "'a system ''x'''");
}

TEST(Gnuplot, DrawsAnElementForHtml) {
  const auto svg = DrawSvg("plot x title 'line'\n", "one", 300, 200);
  if (absl::IsNotFound(svg.status())) GTEST_SKIP() << svg.status();
  ASSERT_TRUE(svg.ok()) << svg.status();
  EXPECT_THAT(*svg, StartsWith("<svg"));
  EXPECT_THAT(*svg, EndsWith("</svg>"));
  EXPECT_THAT(*svg, HasSubstr("one_gnuplot_plot_1"));
  EXPECT_THAT(*svg, Not(HasSubstr(" id=\"gnuplot")));
}

TEST(Gnuplot, FailureIsItsMessage) {
  const auto svg = DrawSvg("nonsense here\n", "one", 300, 200);
  if (absl::IsNotFound(svg.status())) GTEST_SKIP() << svg.status();
  ASSERT_FALSE(svg.ok());
  EXPECT_THAT(std::string(svg.status().message()),
              HasSubstr("gnuplot failed: line"));
}

TEST(Gnuplot, MissingProgramSaysWhatToInstall) {
  const std::string path = std::getenv("PATH");
  setenv("PATH", "/nowhere", 1);
  const auto svg = DrawSvg("plot x\n", "one", 300, 200);
  setenv("PATH", path.c_str(), 1);
  EXPECT_TRUE(absl::IsNotFound(svg.status()));
  EXPECT_THAT(std::string(svg.status().message()),
              HasSubstr("apt-get install gnuplot-nox"));
}

}  // namespace
}  // namespace lockstep
