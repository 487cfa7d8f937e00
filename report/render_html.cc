#include "report/render_html.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "report/html_style.h"

namespace lockstep {
namespace {

constexpr char kFindingsTitle[] = "Findings";
constexpr size_t kFewSections = 3;  // they need no links to them

std::string Escape(const std::string& text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"},
                                    {"<", "&lt;"},
                                    {">", "&gt;"},
                                    {"\"", "&quot;"},
                                    {"'", "&#39;"}});
}

// <tag> with `text`.
std::string Element(const char* tag, const std::string& text) {
  return absl::StrCat("<", tag, ">", Escape(text), "</", tag, ">");
}

// "Time against batch" -> "time-against-batch".
std::string Anchor(const std::string& words) {
  std::string anchor;
  for (const char c : words) {
    if (absl::ascii_isalnum(c))
      anchor.push_back(absl::ascii_tolower(c));
    else if (!anchor.empty() && anchor.back() != '-')
      anchor.push_back('-');
  }
  return anchor;
}

// What the parts share: where a finding stands, and which names are taken.
class Page {
 public:
  explicit Page(const std::vector<HtmlPart>& parts) {
    for (const HtmlPart& part : parts)
      if (const auto* all = std::get_if<HtmlFindings>(&part))
        for (const HtmlFinding& finding : all->findings)
          findings_[finding.id].push_back(&finding);
  }

  const std::vector<const HtmlFinding*>& Findings(const std::string& id) const {
    static const auto* const none = new std::vector<const HtmlFinding*>;
    const auto found = findings_.find(id);
    return found == findings_.end() ? *none : found->second;
  }

  // `anchor`, or with a number behind it if that is taken.
  std::string Unique(const std::string& anchor) {
    std::string name = anchor;
    for (int i = 2; !taken_.insert(name).second; ++i)
      name = absl::StrCat(anchor, "-", i);
    return name;
  }

  // A section's begin, to which the links at the top lead.
  std::string Section(const std::string& title) {
    const std::string anchor = Unique(Anchor(title));
    ++sections_;
    absl::StrAppend(&links_, "<li><a href=\"#", anchor, "\">", Escape(title),
                    "</a></li>\n");
    return absl::StrCat("<section id=\"", anchor, "\">\n", Element("h2", title),
                        "\n");
  }

  std::string Links() const {
    if (sections_ <= kFewSections) return "";
    return absl::StrCat("<nav aria-label=\"Sections\"><ul>\n", links_,
                        "</ul></nav>\n");
  }

 private:
  std::map<std::string, std::vector<const HtmlFinding*>> findings_;
  std::set<std::string> taken_;
  std::string links_;
  size_t sections_ = 0;
};

// A link to the finding, whose title a pointer shows.
std::string Mark(const std::string& id, const Page& page) {
  const auto& findings = page.Findings(id);
  if (findings.empty()) return absl::StrCat("<sup>", Escape(id), "</sup>");
  return absl::StrCat("<sup><a href=\"#", Escape(id), "\" title=\"",
                      Escape(findings[0]->title), "\">", Escape(id),
                      "</a></sup>");
}

std::string CellElement(const Cell& cell, bool is_name, bool numeric,
                        const Page& page) {
  std::string classes = numeric ? "n" : "";
  if (!cell.marks.empty())
    absl::StrAppend(&classes, numeric ? " " : "", "marked");
  std::string html = absl::StrCat(
      is_name ? "<th scope=\"row\"" : "<td",
      classes.empty() ? "" : absl::StrCat(" class=\"", classes, "\""), ">",
      Escape(CellText(cell)));
  for (const std::string& id : cell.marks)
    absl::StrAppend(&html, " ", Mark(id, page));
  return absl::StrCat(html, is_name ? "</th>" : "</td>");
}

std::string Body(const Table& table, const Page& page) {
  std::vector<bool> numeric;
  std::string html = "<div class=\"wide\"><table>\n<thead><tr>";
  for (size_t i = 0; i < table.columns.size(); ++i) {
    numeric.push_back(IsNumericColumn(table, i));
    absl::StrAppend(&html, "<th scope=\"col\"",
                    numeric[i] ? " class=\"n\"" : "", ">",
                    Escape(ColumnTitle(table.columns[i])), "</th>");
  }
  absl::StrAppend(&html, "</tr></thead>\n<tbody>\n");
  for (const std::vector<Cell>& row : table.rows) {
    absl::StrAppend(&html, "<tr>");
    for (size_t i = 0; i < row.size(); ++i)
      absl::StrAppend(&html, CellElement(row[i], i == 0, numeric[i], page));
    absl::StrAppend(&html, "</tr>\n");
  }
  return absl::StrCat(html, "</tbody>\n</table></div>\n");
}

// Ids of the findings that concern the table, in the order of its cells.
std::vector<std::string> MarksOf(const Table& table) {
  std::vector<std::string> ids;
  for (const std::vector<Cell>& row : table.rows)
    for (const Cell& cell : row)
      for (const std::string& id : cell.marks)
        if (std::find(ids.begin(), ids.end(), id) == ids.end())
          ids.push_back(id);
  return ids;
}

// What stands below a table for each finding in it.
std::string Box(const Table& table, const Page& page) {
  std::string html;
  for (const std::string& id : MarksOf(table))
    for (const HtmlFinding* finding : page.Findings(id))
      absl::StrAppend(
          &html, "<p><a href=\"#", Escape(id), "\">", Escape(id), "</a> ",
          Escape(finding->title),
          finding->corrected.empty()
              ? ""
              : absl::StrCat(": <strong>", Escape(finding->corrected),
                             "</strong>"),
          "</p>\n");
  if (html.empty()) return "";
  return absl::StrCat("<aside class=\"box\" aria-label=\"Findings here\">\n",
                      html, "</aside>\n");
}

std::string List(const std::vector<std::string>& items) {
  if (items.empty()) return "";
  std::string html = "<ul>\n";
  for (const std::string& item : items)
    absl::StrAppend(&html, Element("li", item), "\n");
  return absl::StrCat(html, "</ul>\n");
}

std::string PartElement(const Table& table, Page& page) {
  return absl::StrCat(page.Section(table.title), Element("p", table.caption),
                      "\n", table.rows.empty() ? "" : Body(table, page),
                      Box(table, page), List(table.notes), "</section>\n");
}

// The caption is also what a screen reader says for "<svg ...".
std::string PartElement(const HtmlFigure& figure, Page&) {
  const std::string content =
      figure.svg.empty()
          ? Element("p", absl::StrCat("Not drawn: ", figure.problem))
          : absl::StrCat("<svg role=\"img\" aria-label=\"",
                         Escape(figure.caption), "\"", figure.svg.substr(4));
  return absl::StrCat("<figure>\n", content, "\n",
                      Element("figcaption", figure.caption), "\n</figure>\n");
}

std::string PartElement(const HtmlGallery& gallery, Page& page) {
  std::string html =
      absl::StrCat(page.Section(gallery.title), Element("p", gallery.caption),
                   "\n<div class=\"gallery\">\n");
  for (const HtmlImage& image : gallery.images)
    absl::StrAppend(&html, "<figure><img alt=\"\" src=\"", Escape(image.uri),
                    "\">", Element("figcaption", image.caption), "</figure>\n");
  return absl::StrCat(html, "</div>\n</section>\n");
}

// `text` behind its name; nothing without a text.
std::string Named(const char* name, const std::string& text) {
  if (text.empty()) return "";
  return absl::StrCat(" <strong>", name, "</strong> ", Escape(text));
}

std::string Item(const HtmlFinding& finding) {
  return absl::StrCat(
      "<li>", Escape(finding.what), Named("Right:", finding.corrected),
      Named("Formula:", finding.formula),
      Named("Cells:", absl::StrJoin(finding.cells, "; ")), "</li>\n");
}

constexpr char kArticleEnd[] = "</ul>\n</article>\n";

std::string ArticleBegin(const HtmlFinding& finding, Page& page) {
  return absl::StrCat("<article class=\"box",
                      finding.severity == "error" ? " error" : "", "\" id=\"",
                      Escape(page.Unique(finding.id)), "\">\n<h3>",
                      Escape(finding.id), " (", Escape(finding.severity),
                      "): ", Escape(finding.title), "</h3>\n<ul>\n");
}

// What one rule found stands together.
std::string PartElement(const HtmlFindings& part, Page& page) {
  std::string html = page.Section(kFindingsTitle);
  if (part.findings.empty())
    absl::StrAppend(&html, "<p>Nothing was found.</p>\n");
  const HtmlFinding* last = nullptr;
  for (const HtmlFinding& finding : part.findings) {
    const bool goes_on = last != nullptr && last->id == finding.id &&
                         last->severity == finding.severity;
    if (last != nullptr && !goes_on) absl::StrAppend(&html, kArticleEnd);
    if (!goes_on) absl::StrAppend(&html, ArticleBegin(finding, page));
    absl::StrAppend(&html, Item(finding));
    last = &finding;
  }
  if (last != nullptr) absl::StrAppend(&html, kArticleEnd);
  return absl::StrCat(html, "</section>\n");
}

}  // namespace

std::string RenderHtml(const std::string& title,
                       const std::vector<HtmlPart>& parts) {
  Page page(parts);
  std::string body;
  for (const HtmlPart& part : parts)
    absl::StrAppend(
        &body,
        std::visit([&](const auto& p) { return PartElement(p, page); }, part));
  return absl::StrCat(
      absl::StrReplaceAll(kHtmlHead, {{"TITLE", Escape(title)}}), page.Links(),
      "<main>\n", body, "</main>\n</body>\n</html>\n");
}

}  // namespace lockstep
