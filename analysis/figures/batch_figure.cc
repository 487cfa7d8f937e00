#include "analysis/figures/batch_figure.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis/figures/figure_style.h"
#include "analysis/figures/run_series.h"

namespace lockstep::analysis {

std::vector<FigureScript> BatchFigures(const std::vector<RunGroup>& groups) {
  const bool several = SeveralModels(groups);
  std::map<SeriesKey, PlotSeries> by_key;
  for (const RunGroup& group : groups) {
    const Configuration& c = group.configuration;
    if (IsTwin(c)) continue;
    PlotSeries& series = by_key[{c.workload, c.world_size}];
    series.title = SeriesTitle(c, several, absl::StrCat("P = ", c.world_size));
    series.points.push_back(
        {1.0 * c.batch_size_per_rank, EpochTime(group, BestSpread(group))});
  }
  if (by_key.empty()) return {};
  LinePlot plot;
  plot.x_label = "batch per rank (images)";
  plot.y_label = "time of an epoch (s)";
  plot.log_x = true;
  plot.series = Sorted(std::move(by_key));
  return {{"timeagainstbatch",
           "Time of an epoch against the batch per rank, with 95 % intervals.",
           LinePlotScript(plot), kFigureWidth, kFigureHeight,
           "time_against_batch"}};
}

}  // namespace lockstep::analysis
