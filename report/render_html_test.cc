#include "report/render_html.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(RenderHtml, NamesAreText) {
  Table table;
  table.title = "Runs";
  table.columns = {{"model", ""}};
  table.rows = {{Text("<script>alert(\"&\")</script>")}};
  table.notes = {"<b>"};
  const std::string html = RenderHtml("a < b", {table});
  EXPECT_THAT(html, HasSubstr("<h1>a &lt; b</h1>"));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(&quot;&amp;&quot;)"));
  EXPECT_THAT(html, HasSubstr("<li>&lt;b&gt;</li>"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
}

TEST(RenderHtml, FigureOrWhyThereIsNone) {
  const std::string html =
      RenderHtml("", {HtmlFigure{"drawn", "<svg>x</svg>", ""},
                      HtmlFigure{"missing", "", "no gnuplot"}});
  EXPECT_THAT(html, HasSubstr("<svg>x</svg>\n<figcaption>drawn"));
  EXPECT_THAT(html, HasSubstr("<p>Not drawn: no gnuplot</p>"));
}

TEST(RenderHtml, PartsKeepTheirOrder) {
  Table table;
  table.title = "Second";
  const std::string html = RenderHtml(
      "", {HtmlGallery{"First", "", {{"data:image/bmp;base64,Qk0=", "<cat>"}}},
           table, HtmlFigure{"third", "<svg/>", ""}});
  EXPECT_THAT(html, ContainsRegex("First(.|\n)*Second(.|\n)*third"));
  EXPECT_THAT(html, HasSubstr("src=\"data:image/bmp;base64,Qk0=\"><figcaption>"
                              "&lt;cat&gt;</figcaption>"));
}

TEST(RenderHtml, NumbersStandRight) {
  Table table;
  table.columns = {{"P", ""}, {"model", ""}};
  table.rows = {{Count(2), Text("lenet")}};
  EXPECT_THAT(RenderHtml("", {table}),
              HasSubstr("<td class=\"n\">2</td><td>lenet</td>"));
}

}  // namespace
}  // namespace lockstep
