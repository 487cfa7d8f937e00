// The whole scaling study at one glance: six panels in one figure.

#ifndef LOCKSTEP_ANALYSIS_FIGURES_SUMMARY_FIGURE_H_
#define LOCKSTEP_ANALYSIS_FIGURES_SUMMARY_FIGURE_H_

#include <vector>

#include "analysis/run_group.h"
#include "analysis/training.h"
#include "report/draw_figure.h"

namespace lockstep::analysis {

// Speedup, efficiency, accuracy; parts of a step, Amdahl's law, training time.
// A panel that has no data says what is missing.
FigureScript SummaryFigure(const std::vector<RunGroup>& groups,
                           const std::vector<TrainingGroup>& trainings);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FIGURES_SUMMARY_FIGURE_H_
