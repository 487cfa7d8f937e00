// Speedup and efficiency against P.

#ifndef LOCKSTEP_ANALYSIS_FIGURES_SPEEDUP_FIGURE_H_
#define LOCKSTEP_ANALYSIS_FIGURES_SPEEDUP_FIGURE_H_

#include <vector>

#include "analysis/run_group.h"
#include "analysis/speedup.h"
#include "report/draw_figure.h"
#include "report/line_plot.h"

namespace lockstep::analysis {

// A line for each batch, from (1, 1), the baseline, on. With an interval each
// where the runs have one.
std::vector<PlotSeries> SpeedupSeries(const std::vector<RunGroup>& groups,
                                      Scaling scaling);

// The same with the ideal line, and `predicted` lines. Without series if there
// is no speedup.
LinePlot SpeedupPlot(const std::vector<RunGroup>& groups, Scaling scaling,
                     const std::vector<PlotSeries>& predicted = {});

// Per cent of the ideal, of strong and of weak scaling. Likewise.
LinePlot EfficiencyPlot(const std::vector<RunGroup>& groups);

// Speedups at ranks that were not measured: points (P, S), by kind.
struct PredictedSpeedups {
  std::vector<PlotSeries> strong;
  std::vector<PlotSeries> throughput;
};

// Throughput, strong scaling and efficiency, those that have a point.
std::vector<FigureScript> SpeedupFigures(
    const std::vector<RunGroup>& groups,
    const PredictedSpeedups& predicted = {});

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FIGURES_SPEEDUP_FIGURE_H_
