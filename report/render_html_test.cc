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
  EXPECT_THAT(html, HasSubstr("<svg role=\"img\" aria-label=\"drawn\">x</svg>"
                              "\n<figcaption>drawn"));
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
              HasSubstr("<th scope=\"row\" class=\"n\">2</th><td>lenet</td>"));
}

TEST(RenderHtml, MarkedCellsLeadToTheirFindings) {
  Table table;
  table.title = "Bandwidth";
  table.columns = {{"#", ""}, {"busbw", "GB/s"}};
  table.rows = {{Count(1), Number(0.01)}};
  MarkCell(table, "#1", "busbw", "E1");
  MarkCell(table, "#1", "busbw", "E<9>");
  const HtmlFinding finding = {"E1",   "error", "bytes of <one> step", "Why.",
                               "7.96", "I N",   {"#1 busbw (GB/s)"}};
  const std::string html =
      RenderHtml("", {HtmlFindings{{finding, finding}}, table});
  EXPECT_THAT(html,
              HasSubstr("<td class=\"n marked\">0.01000 <sup><a href=\"#E1\" "
                        "title=\"bytes of &lt;one&gt; step\">E1</a></sup> "
                        "<sup>E&lt;9&gt;</sup></td>"));
  EXPECT_THAT(html, HasSubstr("id=\"E1\""));
  EXPECT_THAT(html, Not(HasSubstr("E1-2")));  // one rule, one box
  EXPECT_THAT(html, HasSubstr("<strong>Right:</strong> 7.96"));
  EXPECT_THAT(html, ContainsRegex("</table>(.|\n)*<aside(.|\n)*7.96"));
}

TEST(RenderHtml, LinksToTheSectionsOfALongPage) {
  Table table;
  table.title = "Time & batch";
  const std::string html = RenderHtml("", {table, table, table, table});
  EXPECT_THAT(html, HasSubstr("<li><a href=\"#time-batch\">Time &amp; batch"));
  EXPECT_THAT(html, HasSubstr("href=\"#time-batch-4\""));
  EXPECT_THAT(html, HasSubstr("<section id=\"time-batch-4\">"));
  EXPECT_THAT(RenderHtml("", {table}), Not(HasSubstr("<nav")));
}

}  // namespace
}  // namespace lockstep
