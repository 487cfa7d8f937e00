// Time of an epoch against the batch.

#ifndef LOCKSTEP_ANALYSIS_FIGURES_BATCH_FIGURE_H_
#define LOCKSTEP_ANALYSIS_FIGURES_BATCH_FIGURE_H_

#include <vector>

#include "analysis/run_group.h"
#include "report/draw_figure.h"

namespace lockstep::analysis {

// A line for each P. None without groups.
std::vector<FigureScript> BatchFigures(const std::vector<RunGroup>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FIGURES_BATCH_FIGURE_H_
