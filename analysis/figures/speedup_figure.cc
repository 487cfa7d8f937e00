#include "analysis/figures/speedup_figure.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis/figures/figure_style.h"
#include "analysis/figures/run_series.h"
#include "analysis/metrics.h"

namespace lockstep::analysis {
namespace {

double Ranks(const ScalingPoint& point) {
  return point.group->configuration.world_size;
}

// `y` of each point, a line for each batch of the baseline.
template <typename Y>
std::vector<PlotSeries> SeriesOf(const std::vector<RunGroup>& groups,
                                 Scaling scaling, const char* kind,
                                 const PlotPoint& first, Y y) {
  const bool several = SeveralModels(groups);
  const ScalingResult result = CompareRuns(groups, scaling);
  std::map<SeriesKey, PlotSeries> by_key;
  for (const ScalingPoint& point : result.points) {
    const Configuration& base = point.baseline->configuration;
    // Mechanisms have one baseline, and lines of their own.
    PlotSeries& series =
        by_key[{point.group->configuration.workload, base.global_batch_size}];
    if (series.points.empty()) {
      series.title = SeriesTitle(
          point.group->configuration, several,
          absl::StrCat(kind, "batch ", base.global_batch_size,
                       scaling == Scaling::kStrong ? "" : " per rank"));
      series.points.push_back(first);
    }
    series.points.push_back({Ranks(point), y(point)});
  }
  return Sorted(std::move(by_key));
}

void Append(std::vector<PlotSeries> more, std::vector<PlotSeries>& series) {
  for (PlotSeries& one : more) series.push_back(std::move(one));
}

LinePlot PlotAgainstRanks(const std::vector<RunGroup>& groups) {
  LinePlot plot;
  plot.log_x = HasManyRanks(groups);
  plot.x_label = "ranks P";
  return plot;
}

const char* OpenMarkers(const std::vector<PlotSeries>& predicted) {
  return predicted.empty() ? "" : " Open markers are predicted.";
}

void AddFigure(const LinePlot& plot, FigureScript figure,
               std::vector<FigureScript>& figures) {
  if (plot.series.empty()) return;
  figure.script = LinePlotScript(plot);
  figures.push_back(std::move(figure));
}

}  // namespace

std::vector<PlotSeries> SpeedupSeries(const std::vector<RunGroup>& groups,
                                      Scaling scaling) {
  return SeriesOf(groups, scaling, "", {1, {1, {}}},
                  [](const ScalingPoint& point) { return point.ratio; });
}

LinePlot SpeedupPlot(const std::vector<RunGroup>& groups, Scaling scaling,
                     const std::vector<PlotSeries>& predicted) {
  LinePlot plot = PlotAgainstRanks(groups);
  plot.series = SpeedupSeries(groups, scaling);
  for (PlotSeries series : predicted) {
    if (series.points.empty()) continue;
    plot.log_x |= series.points.back().x > kManyRanks;
    series.style = PlotStyle::kOpenPoints;
    plot.series.push_back(std::move(series));
  }
  plot.log_y = plot.log_x;
  plot.ideal_line = true;
  plot.y_label = "speedup against P = 1";
  return plot;
}

LinePlot EfficiencyPlot(const std::vector<RunGroup>& groups) {
  LinePlot plot = PlotAgainstRanks(groups);
  plot.y_label = "efficiency (%)";
  const PlotPoint baseline = {1, {100, {}}};
  plot.series = SeriesOf(
      groups, Scaling::kStrong, "strong, ", baseline,
      [](const ScalingPoint& point) {
        const uint32_t ranks = point.group->configuration.world_size;
        return Apply([=](double s) { return EfficiencyPercent(s, ranks); },
                     point.ratio);
      });
  Append(SeriesOf(groups, Scaling::kWeak, "weak, ", baseline,
                  [](const ScalingPoint& point) {
                    return Apply([](double ratio) { return 100 * ratio; },
                                 point.ratio);
                  }),
         plot.series);
  return plot;
}

std::vector<FigureScript> SpeedupFigures(const std::vector<RunGroup>& groups,
                                         const PredictedSpeedups& predicted) {
  std::vector<FigureScript> figures;
  AddFigure(SpeedupPlot(groups, Scaling::kThroughput, predicted.throughput),
            {"throughput",
             absl::StrCat("Throughput of an epoch: T_epoch(1) / T_epoch(P) at "
                          "a fixed batch per rank, with 95 % intervals.",
                          OpenMarkers(predicted.throughput)),
             "", kFigureWidth, kFigureHeight, "throughput"},
            figures);
  AddFigure(SpeedupPlot(groups, Scaling::kStrong, predicted.strong),
            {"strong",
             absl::StrCat("Strong scaling: T(1, B) / T(P, B/P) per step at a "
                          "fixed global batch, with 95 % intervals.",
                          OpenMarkers(predicted.strong)),
             "", kFigureWidth, kFigureHeight, "strong"},
            figures);
  AddFigure(EfficiencyPlot(groups),
            {"efficiency",
             "Efficiency: strong = speedup / P at a fixed global batch; weak = "
             "t(1, b) / t(P, b) at a fixed batch per rank, with 95 % "
             "intervals.",
             "", kFigureWidth, kFigureHeight, "weak"},
            figures);
  return figures;
}

}  // namespace lockstep::analysis
