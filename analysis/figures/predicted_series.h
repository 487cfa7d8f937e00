// Predicted speedups as lines of the speedup figures.

#ifndef LOCKSTEP_ANALYSIS_FIGURES_PREDICTED_SERIES_H_
#define LOCKSTEP_ANALYSIS_FIGURES_PREDICTED_SERIES_H_

#include <vector>

#include "analysis/figures/speedup_figure.h"
#include "analysis/predict_table.h"
#include "analysis/run_group.h"

namespace lockstep::analysis {

// A point for each number of ranks of `options` that can be predicted and has a
// run of one rank to compare with; a line for each batch of one rank.
PredictedSpeedups PredictedSeries(const std::vector<RunGroup>& groups,
                                  const PredictOptions& options);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FIGURES_PREDICTED_SERIES_H_
