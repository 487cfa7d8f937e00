#include "report/step_panels.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "report/gnuplot.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

TEST(StepPanels, StepsAreOutlinesOfBins) {
  const std::string script = StepPanelsScript({{"a", -1, 0.5, {3, 0}}}, 1);
  EXPECT_THAT(script, HasSubstr("-1 3\n-0.5 3\n-0.5 0.5\n0 0.5\nEOD"));
  EXPECT_THAT(script, HasSubstr("set xrange [-1:0]\nset yrange [0.5:6]"));
}

TEST(StepPanels, ColumnsShareTheirCounts) {
  const std::string script = StepPanelsScript(
      {{"a", 0, 1, {1}}, {"b", 0, 1, {7}}, {"c", 0, 1, {50}}}, 2);
  EXPECT_THAT(script, HasSubstr("layout 2,2"));
  EXPECT_THAT(script, HasSubstr("'a'\nset xrange [0:1]\nset yrange [0.5:100]"));
  EXPECT_THAT(script, HasSubstr("'b'\nset xrange [0:1]\nset yrange [0.5:14]"));
}

TEST(StepPanels, GnuplotTakesThem) {
  const auto svg = DrawSvg(StepPanelsScript({{"it's", 0, 1, {1, 0, 200000}},
                                             {"", 0, 1, {}},
                                             {"one bin", 3, 1e-6, {1}}},
                                            2),
                           "panels", 500, 220);
  if (absl::IsNotFound(svg.status())) GTEST_SKIP() << svg.status();
  ASSERT_TRUE(svg.ok()) << svg.status();
  EXPECT_THAT(*svg, HasSubstr("it's"));
}

}  // namespace
}  // namespace lockstep
