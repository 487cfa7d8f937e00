#include "analysis/figures/summary_figure.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis/figures/amdahl_plot.h"
#include "analysis/figures/breakdown_figure.h"
#include "analysis/figures/run_series.h"
#include "analysis/figures/speedup_figure.h"
#include "report/gnuplot.h"

namespace lockstep::analysis {
namespace {

constexpr int kWidth = 1140, kHeight = 900;  // 3 x 2 panels
constexpr size_t kBars = 6;                  // labels of more would overlap

std::string NoData(const std::string& title, const std::string& why) {
  return absl::StrCat(
      "set title ", GnuplotString(title),
      "\nunset border\nunset xtics\nunset ytics\nunset key\nset label 1 'no "
      "data:' at graph 0.5,0.55 center\nset label 2 ",
      GnuplotString(why),
      " at graph 0.5,0.45 center\nplot [0:1] [0:1] -1 notitle\n");
}

// The plot as a panel; `why` it is none if it has no lines.
std::string Panel(LinePlot plot, const std::string& title,
                  const std::string& why) {
  if (plot.series.empty()) return NoData(title, why);
  plot.title = title;
  plot.key_below = true;
  return LinePlotScript(plot);
}

std::string SpeedupPanel(const std::vector<RunGroup>& groups) {
  LinePlot strong = SpeedupPlot(groups, Scaling::kStrong);
  if (!strong.series.empty())
    return Panel(std::move(strong), "Strong speedup of a step", "");
  return Panel(SpeedupPlot(groups, Scaling::kThroughput),
               "Throughput speedup of an epoch",
               "needs P = 1 and another P with one batch");
}

// What a training came to, by P: a line for each batch per rank.
template <typename Y>
LinePlot FinalPlot(const std::vector<TrainingGroup>& trainings,
                   const char* y_label, Y y) {
  LinePlot plot;
  plot.x_label = "ranks P";
  plot.y_label = y_label;
  std::map<SeriesKey, PlotSeries> by_key;
  for (const TrainingGroup& group : trainings) {
    const Configuration& c = group.configuration;
    std::vector<double> values;
    for (const Training* training : LongestOf(group))
      if (!training->epochs.empty())
        if (const std::optional<double> value = y(training->epochs.back()))
          values.push_back(*value);
    if (values.empty()) continue;
    const std::string learning = LearningText(group, trainings);
    PlotSeries& series = by_key[{{{c.model, learning}}, c.batch_size_per_rank}];
    series.title = absl::StrCat("batch ", c.batch_size_per_rank, " per rank",
                                learning.empty() ? "" : ", ", learning);
    series.points.push_back({1.0 * c.world_size, OverTrainings(values)});
  }
  plot.series = Sorted(std::move(by_key));
  return plot;
}

std::string AccuracyPanel(const std::vector<TrainingGroup>& trainings) {
  return Panel(FinalPlot(trainings, "test accuracy (%)",
                         [](const EpochResult& epoch) -> std::optional<double> {
                           const std::optional<double> accuracy =
                               TestAccuracy(epoch);
                           if (!accuracy) return {};
                           return 100 * *accuracy;
                         }),
               "Accuracy after the last epoch", "no last epoch was evaluated");
}

std::string TimePanel(const std::vector<TrainingGroup>& trainings) {
  return Panel(FinalPlot(trainings, "time (s)",
                         [](const EpochResult& e) -> std::optional<double> {
                           if (!(e.elapsed_s > 0)) return {};
                           return e.elapsed_s;
                         }),
               "Training time, without evaluation",
               "no completed training with its time");
}

// The batch per rank that most groups have, of those the largest.
uint32_t CommonestBatch(const std::vector<RunGroup>& groups) {
  std::map<uint32_t, int> uses;
  for (const RunGroup& group : groups)
    ++uses[group.configuration.batch_size_per_rank];
  uint32_t commonest = 0;
  for (const auto& [batch, count] : uses)
    if (count >= uses[commonest]) commonest = batch;
  return commonest;
}

std::string PartsPanel(const std::vector<RunGroup>& groups) {
  std::vector<RunGroup> bars;
  const std::vector<RunGroup> all = WithParts(groups);
  const uint32_t batch = CommonestBatch(all);
  for (const RunGroup& group : all)
    if (group.configuration.batch_size_per_rank == batch) bars.push_back(group);
  if (bars.empty())
    return NoData("Parts of a step", "no run recorded the parts of its steps");
  if (bars.size() > kBars) bars.resize(kBars);
  return BreakdownScript(bars, true);
}

}  // namespace

FigureScript SummaryFigure(const std::vector<RunGroup>& groups,
                           const std::vector<TrainingGroup>& trainings) {
  std::string script = "set multiplot layout 2,3\n";
  for (const std::string& panel :
       {SpeedupPanel(groups),
        Panel(EfficiencyPlot(groups), "Efficiency",
              "needs P = 1 and another P"),
        AccuracyPanel(trainings), PartsPanel(groups),
        Panel(AmdahlPlot(groups), "Amdahl's law",
              "needs P = 1 and P > 1 with one global batch"),
        TimePanel(trainings)})
    absl::StrAppend(&script, "reset\n", panel);
  return {"summary",
          "Summary. Intervals are 95 %. Amdahl's curve has the Karp-Flatt "
          "fraction s(P) = (1/S - 1/P) / (1 - 1/P) of the largest P; bars are "
          "those of the commonest batch per rank, 6 at most.",
          absl::StrCat(script, "unset multiplot\n"), kWidth, kHeight};
}

}  // namespace lockstep::analysis
