#include "report/draw_figure.h"

#include <cstdlib>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

TEST(DrawFigure, SaysWhyThereIsNone) {
  const std::string path = std::getenv("PATH");
  setenv("PATH", "/nowhere", 1);
  const HtmlFigure figure = DrawFigure({"one", "A line", "plot x\n", 300, 200});
  setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(figure.caption, "A line");
  EXPECT_EQ(figure.svg, "");
  EXPECT_THAT(figure.problem, HasSubstr("gnuplot is not in PATH"));
}

}  // namespace
}  // namespace lockstep
