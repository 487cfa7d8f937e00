// A report as one HTML page that needs nothing else.

#ifndef LOCKSTEP_REPORT_RENDER_HTML_H_
#define LOCKSTEP_REPORT_RENDER_HTML_H_

#include <string>
#include <variant>
#include <vector>

#include "report/finding_text.h"
#include "report/table.h"

namespace lockstep {

struct HtmlFigure {
  std::string caption;
  std::string svg;      // an <svg> element; "" if it could not be drawn
  std::string problem;  // then, why
  // Name of the table that it shows; "" for none. For those who order parts.
  std::string table = {};
};

struct HtmlImage {
  std::string uri;      // "data:...": a page loads nothing
  std::string caption;  // a few words
};

// Small pictures side by side, their pixels enlarged.
struct HtmlGallery {
  std::string title;
  std::string caption;  // one line
  std::vector<HtmlImage> images;
};

using HtmlFinding = FindingText;

// All of them, in full. Cells and boxes below the tables refer to it.
struct HtmlFindings {
  std::vector<HtmlFinding> findings;
};

using HtmlPart = std::variant<Table, HtmlFigure, HtmlGallery, HtmlFindings>;

// The parts in their order, below links to those that have a heading. A marked
// cell (Cell::marks) links to its findings, and a box below its table repeats
// what they correct. Every text is escaped; styles are inside. Readable in
// light and dark, with a screen reader, and on black and white paper.
std::string RenderHtml(const std::string& title,
                       const std::vector<HtmlPart>& parts);

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_RENDER_HTML_H_
