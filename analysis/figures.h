// The figures of the report, as gnuplot scripts: readable in black and white
// (dashes, point shapes and hatches differ, not only colours).

#ifndef LOCKSTEP_ANALYSIS_FIGURES_H_
#define LOCKSTEP_ANALYSIS_FIGURES_H_

#include <vector>

#include "analysis/run_group.h"
#include "report/draw_figure.h"

namespace lockstep::analysis {

// Speedup against P (strong, and throughput), breakdown of the step, time
// against batch: those for which `groups` have data.
std::vector<FigureScript> MakeFigures(const std::vector<RunGroup>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FIGURES_H_
