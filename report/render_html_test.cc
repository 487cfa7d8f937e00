#include "report/render_html.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RenderHtml, NamesAreText) {
  Table table;
  table.title = "Runs";
  table.columns = {{"model", ""}};
  table.rows = {{Text("<script>alert(\"&\")</script>")}};
  table.notes = {"<b>"};
  const std::string html = RenderHtml({table}, {});
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(&quot;&amp;&quot;)"));
  EXPECT_THAT(html, HasSubstr("<li>&lt;b&gt;</li>"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
}

TEST(RenderHtml, FigureOrWhyThereIsNone) {
  const std::string html = RenderHtml(
      {}, {{"drawn", "<svg>x</svg>", ""}, {"missing", "", "no gnuplot"}});
  EXPECT_THAT(html, HasSubstr("<svg>x</svg>\n<figcaption>drawn"));
  EXPECT_THAT(html, HasSubstr("<p>Not drawn: no gnuplot</p>"));
}

TEST(RenderHtml, NumbersStandRight) {
  Table table;
  table.columns = {{"P", ""}, {"model", ""}};
  table.rows = {{Count(2), Text("lenet")}};
  EXPECT_THAT(RenderHtml({table}, {}),
              HasSubstr("<td class=\"n\">2</td><td>lenet</td>"));
}

}  // namespace
}  // namespace lockstep
