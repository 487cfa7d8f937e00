// Accuracy against time, as a gnuplot script.

#ifndef LOCKSTEP_ANALYSIS_FIGURES_ACCURACY_FIGURE_H_
#define LOCKSTEP_ANALYSIS_FIGURES_ACCURACY_FIGURE_H_

#include <vector>

#include "analysis/training.h"
#include "report/draw_figure.h"

namespace lockstep::analysis {

// A line for each group: its first longest training, test accuracy after each
// evaluated epoch against seconds and against updates. None if no training was
// evaluated twice.
std::vector<FigureScript> AccuracyFigures(
    const std::vector<TrainingGroup>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FIGURES_ACCURACY_FIGURE_H_
