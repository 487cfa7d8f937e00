#include "report/render_html.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace lockstep {
namespace {

constexpr char kHead[] = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>TITLE</title>
<style>
body { font: 15px/1.45 sans-serif; color: #111; max-width: 75em;
       margin: 1.5em auto; padding: 0 1em; }
h1, h2 { line-height: 1.2; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .2em .7em; border-bottom: 1px solid #bbb; text-align: left;
         white-space: nowrap; }
thead th { border-bottom: 2px solid #111; white-space: normal;
           vertical-align: bottom; }
.n { text-align: right; }
figure { margin: 1.5em 0; }
figure svg { width: 100%; max-width: 60em; height: auto; }
.gallery { display: flex; flex-wrap: wrap; gap: 1em; }
.gallery figure { margin: 0; width: 9em; }
.gallery img { width: 96px; height: auto; image-rendering: pixelated; }
.gallery figcaption { font-size: 85%; line-height: 1.25; }
figcaption, p { max-width: 60em; }
@media print { section, figure { break-inside: avoid; } }
</style>
</head>
<body>
<h1>TITLE</h1>
)";

std::string Escape(const std::string& text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"},
                                    {"<", "&lt;"},
                                    {">", "&gt;"},
                                    {"\"", "&quot;"},
                                    {"'", "&#39;"}});
}

// <tag> with `text`, set right for numbers.
std::string Element(const char* tag, const std::string& text, bool numeric) {
  return absl::StrCat("<", tag, numeric ? " class=\"n\">" : ">", Escape(text),
                      "</", tag, ">");
}

std::string Body(const Table& table) {
  std::vector<bool> numeric;
  for (size_t i = 0; i < table.columns.size(); ++i)
    numeric.push_back(IsNumericColumn(table, i));
  std::string html = "<div class=\"wide\"><table>\n<thead><tr>";
  for (size_t i = 0; i < table.columns.size(); ++i)
    absl::StrAppend(&html,
                    Element("th", ColumnTitle(table.columns[i]), numeric[i]));
  absl::StrAppend(&html, "</tr></thead>\n<tbody>\n");
  for (const std::vector<Cell>& row : table.rows) {
    absl::StrAppend(&html, "<tr>");
    for (size_t i = 0; i < row.size(); ++i)
      absl::StrAppend(&html, Element("td", CellText(row[i]), numeric[i]));
    absl::StrAppend(&html, "</tr>\n");
  }
  return absl::StrCat(html, "</tbody>\n</table></div>\n");
}

std::string PartElement(const Table& table) {
  std::string html =
      absl::StrCat("<section>\n", Element("h2", table.title, false), "\n",
                   Element("p", table.caption, false), "\n");
  if (!table.rows.empty()) absl::StrAppend(&html, Body(table));
  if (!table.notes.empty()) absl::StrAppend(&html, "<ul>\n");
  for (const std::string& note : table.notes)
    absl::StrAppend(&html, Element("li", note, false), "\n");
  if (!table.notes.empty()) absl::StrAppend(&html, "</ul>\n");
  return absl::StrCat(html, "</section>\n");
}

std::string PartElement(const HtmlFigure& figure) {
  const std::string content =
      figure.svg.empty()
          ? Element("p", absl::StrCat("Not drawn: ", figure.problem), false)
          : figure.svg;
  return absl::StrCat("<figure>\n", content, "\n",
                      Element("figcaption", figure.caption, false),
                      "\n</figure>\n");
}

std::string PartElement(const HtmlGallery& gallery) {
  std::string html = absl::StrCat(
      "<section>\n", Element("h2", gallery.title, false), "\n",
      Element("p", gallery.caption, false), "\n<div class=\"gallery\">\n");
  for (const HtmlImage& image : gallery.images)
    absl::StrAppend(&html, "<figure><img alt=\"\" src=\"", Escape(image.uri),
                    "\">", Element("figcaption", image.caption, false),
                    "</figure>\n");
  return absl::StrCat(html, "</div>\n</section>\n");
}

}  // namespace

std::string RenderHtml(const std::string& title,
                       const std::vector<HtmlPart>& parts) {
  std::string html = absl::StrReplaceAll(kHead, {{"TITLE", Escape(title)}});
  for (const HtmlPart& part : parts)
    absl::StrAppend(
        &html, std::visit([](const auto& p) { return PartElement(p); }, part));
  return absl::StrCat(html, "</body>\n</html>\n");
}

}  // namespace lockstep
