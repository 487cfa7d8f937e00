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

struct PlotSeries {
  std::string title;
  std::vector<PlotPoint> points;  // in the order of x
};

struct LinePlot {
  std::string x_label;
  std::string y_label;
  bool log_x = false;             // to the base 2
  bool log_y = false;             // likewise; otherwise y starts at 0
  bool ideal_line = false;        // y = x
  bool x_ticks_at_points = true;  // else gnuplot chooses them
  std::vector<PlotSeries> series;
};

// For DrawSvg (gnuplot.h).
std::string LinePlotScript(const LinePlot& plot);

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_LINE_PLOT_H_
