#include "analysis/figures/testing_figures.h"

#include "report/gnuplot.h"

namespace lockstep::analysis {

std::string WhyNotDrawn(const std::vector<FigureScript>& figures) {
  for (const FigureScript& figure : figures) {
    const auto svg =
        DrawSvg(figure.script, figure.name, figure.width, figure.height);
    if (!svg.ok() && !absl::IsNotFound(svg.status()))
      return figure.name + ": " + std::string(svg.status().message());
  }
  return "";
}

}  // namespace lockstep::analysis
