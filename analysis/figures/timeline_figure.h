// One step on all ranks: what each did when, on one clock.

#ifndef LOCKSTEP_ANALYSIS_FIGURES_TIMELINE_FIGURE_H_
#define LOCKSTEP_ANALYSIS_FIGURES_TIMELINE_FIGURE_H_

#include <vector>

#include "analysis/run_group.h"
#include "report/draw_figure.h"

namespace lockstep::analysis {

inline constexpr int kTimelineRanks = 8;  // more are not drawn

// The typical step (Run::typical_step) of the first run with the most ranks, no
// twin. For each rank its phases end to end, as the record has their lengths
// only, and its buckets where they were: ready (tick), start to end (bar). None
// if no step was recorded.
std::vector<FigureScript> TimelineFigures(const std::vector<RunGroup>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FIGURES_TIMELINE_FIGURE_H_
