// A gnuplot script of lines with error bars, told apart without colour.

#ifndef LOCKSTEP_REPORT_LINE_PLOT_H_
#define LOCKSTEP_REPORT_LINE_PLOT_H_

#include <string>
#include <vector>

#include "report/statistics.h"

namespace lockstep {

struct PlotPoint {
  double x = 0;
  Estimate y;
};

enum class PlotStyle {
  kLinePoints,
  kPoints,      // measured, without an order
  kOpenPoints,  // not measured: predicted
  kLine         // a law or a limit
};

struct PlotSeries {
  std::string title;
  std::vector<PlotPoint> points;  // in the order of x
  PlotStyle style = PlotStyle::kLinePoints;
  int look =
      -1;  // of colour, dash and marker; its place in the plot if below 0
};

struct LinePlot {
  std::string x_label;
  std::string y_label;
  bool log_x = false;
  bool log_y = false;             // otherwise y starts at 0
  int log_base = 2;               // of both axes
  bool ideal_line = false;        // y = x
  bool x_ticks_at_points = true;  // else gnuplot chooses them
  std::string x_format = {};      // gnuplot's, of a tick
  std::string title = {};         // inside a page of several plots
  bool key_below = false;         // where there is little width
  std::vector<PlotSeries> series;
};

// A key of `items` below a plot of a page of several, and room for it below the
// axis: the lines of a tick beyond the first are `tick_lines`.
std::string KeyBelow(size_t items, int tick_lines);

// For DrawSvg (gnuplot.h). There must be a point.
std::string LinePlotScript(const LinePlot& plot);

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_LINE_PLOT_H_
