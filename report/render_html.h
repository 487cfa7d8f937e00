// A report as one HTML page that needs nothing else.

#ifndef LOCKSTEP_REPORT_RENDER_HTML_H_
#define LOCKSTEP_REPORT_RENDER_HTML_H_

#include <string>
#include <variant>
#include <vector>

#include "report/table.h"

namespace lockstep {

struct HtmlFigure {
  std::string caption;
  std::string svg;      // an <svg> element; "" if it could not be drawn
  std::string problem;  // then, why
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

using HtmlPart = std::variant<Table, HtmlFigure, HtmlGallery>;

// The parts in their order. Every text is escaped; styles are inside.
std::string RenderHtml(const std::string& title,
                       const std::vector<HtmlPart>& parts);

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_RENDER_HTML_H_
