#include "analysis/figures/make_figures.h"

#include <utility>

#include "analysis/figures/accuracy_figure.h"
#include "analysis/figures/batch_figure.h"
#include "analysis/figures/breakdown_figure.h"
#include "analysis/figures/roofline_figure.h"
#include "analysis/figures/summary_figure.h"
#include "analysis/figures/timeline_figure.h"

namespace lockstep::analysis {

std::vector<FigureScript> MakeFigures(
    const std::vector<RunGroup>& groups,
    const std::vector<TrainingGroup>& trainings, const FigureInputs& inputs) {
  if (groups.empty() && trainings.empty()) return {};
  const double peak = inputs.link_peak_gb_per_s;
  const LinkRoof declared = DeclaredPeak(groups, peak);
  std::vector<FigureScript> figures = {SummaryFigure(groups, trainings)};
  for (std::vector<FigureScript>& more : std::vector<std::vector<FigureScript>>{
           BatchFigures(groups), SpeedupFigures(groups, inputs.predicted),
           BreakdownFigures(groups), TimelineFigures(groups),
           BandwidthFigures(
               inputs.messages.empty() ? MessagesOf(groups) : inputs.messages,
               declared.gb_per_s),
           RooflineFigures(groups, peak), AccuracyFigures(trainings)})
    for (FigureScript& figure : more) figures.push_back(std::move(figure));
  return figures;
}

}  // namespace lockstep::analysis
