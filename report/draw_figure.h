// A figure from its gnuplot script to its place in a page.

#ifndef LOCKSTEP_REPORT_DRAW_FIGURE_H_
#define LOCKSTEP_REPORT_DRAW_FIGURE_H_

#include <string>

#include "report/render_html.h"

namespace lockstep {

struct FigureScript {
  std::string name;     // letters only
  std::string caption;  // one line
  std::string script;   // for DrawSvg (gnuplot.h)
  int width = 0;        // pixels
  int height = 0;
  std::string table = {};  // see HtmlFigure
};

// Draws it; one that cannot be drawn says why.
HtmlFigure DrawFigure(const FigureScript& figure);

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_DRAW_FIGURE_H_
