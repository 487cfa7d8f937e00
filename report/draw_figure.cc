#include "report/draw_figure.h"

#include "report/gnuplot.h"

namespace lockstep {

HtmlFigure DrawFigure(const FigureScript& figure) {
  const absl::StatusOr<std::string> svg =
      DrawSvg(figure.script, figure.name, figure.width, figure.height);
  if (svg.ok()) return {figure.caption, *svg, "", figure.table};
  return {figure.caption, "", std::string(svg.status().message()),
          figure.table};
}

}  // namespace lockstep
