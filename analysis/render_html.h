// The report as one HTML page that needs nothing else.

#ifndef LOCKSTEP_ANALYSIS_RENDER_HTML_H_
#define LOCKSTEP_ANALYSIS_RENDER_HTML_H_

#include <string>
#include <vector>

#include "analysis/table.h"

namespace lockstep::analysis {

struct HtmlFigure {
  std::string caption;
  std::string svg;      // an <svg> element; "" if it could not be drawn
  std::string problem;  // then, why
};

// Figures first, then all tables. Every text is escaped; styles are inside.
std::string RenderHtml(const std::vector<Table>& tables,
                       const std::vector<HtmlFigure>& figures);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_RENDER_HTML_H_
