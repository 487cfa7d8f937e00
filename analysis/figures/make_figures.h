// The figures of the report, as gnuplot scripts: readable in black and white
// (dashes, point shapes and hatches differ, not only colours).

#ifndef LOCKSTEP_ANALYSIS_FIGURES_MAKE_FIGURES_H_
#define LOCKSTEP_ANALYSIS_FIGURES_MAKE_FIGURES_H_

#include <vector>

#include "analysis/figures/bandwidth_figure.h"
#include "analysis/figures/speedup_figure.h"
#include "analysis/run_group.h"
#include "analysis/training.h"
#include "report/draw_figure.h"

namespace lockstep::analysis {

// What figures show beside the runs.
struct FigureInputs {
  double link_peak_gb_per_s = 0;  // 0: what the runs declare
  PredictedSpeedups predicted;
  // All-reduces with their laws; empty: those of the runs.
  std::vector<MessageSeries> messages;
};

// The summary first, then those for which there are data. FigureScript::table
// says which table each belongs to.
std::vector<FigureScript> MakeFigures(
    const std::vector<RunGroup>& groups,
    const std::vector<TrainingGroup>& trainings,
    const FigureInputs& inputs = {});

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FIGURES_MAKE_FIGURES_H_
