// Amdahl's law through measured strong-scaling speedups.

#ifndef LOCKSTEP_ANALYSIS_FIGURES_AMDAHL_PLOT_H_
#define LOCKSTEP_ANALYSIS_FIGURES_AMDAHL_PLOT_H_

#include <vector>

#include "analysis/run_group.h"
#include "report/line_plot.h"

namespace lockstep::analysis {

// The points of each strong scaling, with the
// curve 1 / (s + (1 - s) / P) up to four times its largest P, where s is the
// Karp-Flatt fraction at that P. No curve for s outside (0, 1). Without series
// if there is no strong scaling.
LinePlot AmdahlPlot(const std::vector<RunGroup>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FIGURES_AMDAHL_PLOT_H_
