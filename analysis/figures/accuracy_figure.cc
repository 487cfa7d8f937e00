#include "analysis/figures/accuracy_figure.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis/figures/figure_style.h"
#include "report/line_plot.h"

namespace lockstep::analysis {
namespace {

PlotSeries SeriesOf(const TrainingGroup& group,
                    const std::vector<TrainingGroup>& groups, bool over_time) {
  const std::string learning = LearningText(group, groups);
  PlotSeries series;
  series.title = absl::StrCat(RanksAndBatch(group.configuration),
                              learning.empty() ? "" : ", ", learning);
  for (const EpochResult& epoch : LongestOf(group)[0]->epochs)
    if (const auto accuracy = TestAccuracy(epoch))
      series.points.push_back(
          {over_time ? epoch.elapsed_s : 1.0 * epoch.updates,
           {100 * *accuracy, {}}});
  return series;
}

FigureScript FigureOf(const std::vector<TrainingGroup>& groups,
                      bool over_time) {
  LinePlot plot;
  plot.x_label = over_time ? "seconds, evaluation excluded" : "updates";
  plot.y_label = "test accuracy (%)";
  plot.x_ticks_at_points = false;
  for (const TrainingGroup& group : groups) {
    PlotSeries series = SeriesOf(group, groups, over_time);
    if (series.points.size() > 1) plot.series.push_back(std::move(series));
  }
  FigureScript figure = {
      over_time ? "accuracytime" : "accuracyupdates",
      absl::StrCat("Test accuracy against ",
                   over_time ? "training time" : "updates",
                   ", the first repeat of each configuration."),
      "",
      kFigureWidth,
      kFigureHeight,
      "accuracy"};
  if (!plot.series.empty()) figure.script = LinePlotScript(plot);
  return figure;
}

}  // namespace

std::vector<FigureScript> AccuracyFigures(
    const std::vector<TrainingGroup>& groups) {
  std::vector<FigureScript> figures;
  for (const bool over_time : {true, false}) {
    FigureScript figure = FigureOf(groups, over_time);
    if (!figure.script.empty()) figures.push_back(std::move(figure));
  }
  return figures;
}

}  // namespace lockstep::analysis
