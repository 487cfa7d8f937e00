#include "analysis/report_page.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::analysis {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReportPage, FiguresStandBelowTheirTables) {
  Table first, second;
  first.name = "first";
  first.title = "First";
  second.name = "second";
  second.title = "Second";
  const std::vector<HtmlFigure> figures = {{"lost", "<svg/>", "", "third"},
                                           {"of first", "<svg/>", "", "first"},
                                           {"summary", "<svg/>", "", ""}};
  FindingText finding;
  finding.id = "E1";
  const std::string html = ReportPage({first, second}, {finding}, figures);
  EXPECT_THAT(html,
              ContainsRegex("summary(.|\n)*>Findings<(.|\n)*>First<(.|\n)*"
                            "of first(.|\n)*>Second<(.|\n)*lost"));
  EXPECT_THAT(ReportPage({first}, {}, {}), Not(HasSubstr("Findings")));
}

}  // namespace
}  // namespace lockstep::analysis
