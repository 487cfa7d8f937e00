// The report as one HTML page that needs nothing else.

#ifndef LOCKSTEP_REPORT_RENDER_HTML_H_
#define LOCKSTEP_REPORT_RENDER_HTML_H_

#include <string>
#include <vector>

#include "report/table.h"

namespace lockstep {

struct HtmlFigure {
  std::string caption;
  std::string svg;      // an <svg> element; "" if it could not be drawn
  std::string problem;  // then, why
};

// Figures first, then all tables. Every text is escaped; styles are inside.
std::string RenderHtml(const std::vector<Table>& tables,
                       const std::vector<HtmlFigure>& figures);

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_RENDER_HTML_H_
