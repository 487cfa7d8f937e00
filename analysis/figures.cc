#include "analysis/figures.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis/speedup.h"
#include "report/line_plot.h"

namespace lockstep::analysis {
namespace {

constexpr int kWidth = 760, kHeight = 420;  // a page's width, two on its height
constexpr uint32_t kManyRanks = 16;         // beyond it, axes of P are log

bool SeveralModels(const std::vector<RunGroup>& groups) {
  std::set<std::string> models;
  for (const RunGroup& group : groups) models.insert(group.configuration.model);
  return models.size() > 1;
}

std::string Title(const RunGroup& group, bool several_models,
                  std::string what) {
  const Configuration& c = group.configuration;
  if (c.mechanism == DATA_PARALLEL)
    what = absl::StrCat(MechanismName(c.mechanism), ", ", what);
  return several_models ? absl::StrCat(c.model, ", ", what) : what;
}

// Lines of one workload that belong together.
using SeriesKey = std::pair<Traits, uint32_t>;

std::vector<PlotSeries> Sorted(std::map<SeriesKey, PlotSeries> by_key) {
  std::vector<PlotSeries> all;
  for (auto& [key, series] : by_key) {
    std::stable_sort(series.points.begin(), series.points.end(),
                     [](const auto& a, const auto& b) { return a.x < b.x; });
    all.push_back(std::move(series));
  }
  return all;
}

// A line for each batch, from (1, 1), the baseline, on.
std::vector<PlotSeries> SpeedupSeries(const std::vector<RunGroup>& groups,
                                      Scaling scaling) {
  const bool several = SeveralModels(groups);
  const ScalingResult result = CompareRuns(groups, scaling);
  std::map<SeriesKey, PlotSeries> by_key;
  for (const ScalingPoint& point : result.points) {
    const Configuration& base = point.baseline->configuration;
    // Mechanisms have one baseline, and lines of their own.
    PlotSeries& series =
        by_key[{point.group->configuration.workload, base.global_batch_size}];
    if (series.points.empty()) {
      series.title =
          Title(*point.group, several,
                absl::StrCat("batch ", base.global_batch_size,
                             scaling == Scaling::kStrong ? "" : " per rank"));
      series.points.push_back({1, {1, {}}});
    }
    series.points.push_back(
        {1.0 * point.group->configuration.world_size, point.ratio});
  }
  return Sorted(std::move(by_key));
}

void AddSpeedup(const std::vector<RunGroup>& groups, Scaling scaling,
                FigureScript figure, std::vector<FigureScript>& figures) {
  LinePlot plot;
  plot.series = SpeedupSeries(groups, scaling);
  if (plot.series.empty()) return;
  for (const RunGroup& group : groups)
    plot.log_x |= group.configuration.world_size > kManyRanks;
  plot.log_y = plot.log_x;
  plot.ideal_line = true;
  plot.x_label = "ranks P";
  plot.y_label = "speedup against P = 1";
  figure.script = LinePlotScript(plot);
  figures.push_back(std::move(figure));
}

void AddTimeAgainstBatch(const std::vector<RunGroup>& groups,
                         std::vector<FigureScript>& figures) {
  const bool several = SeveralModels(groups);
  std::map<SeriesKey, PlotSeries> by_key;
  for (const RunGroup& group : groups) {
    const Configuration& c = group.configuration;
    if (IsTwin(c)) continue;
    PlotSeries& series = by_key[{c.workload, c.world_size}];
    series.title = Title(group, several, absl::StrCat("P = ", c.world_size));
    series.points.push_back(
        {1.0 * c.batch_size_per_rank, EpochTime(group, BestSpread(group))});
  }
  LinePlot plot;
  plot.x_label = "batch per rank (images)";
  plot.y_label = "time of an epoch (s)";
  plot.log_x = true;
  plot.series = Sorted(std::move(by_key));
  figures.push_back({"timeagainstbatch",
                     "Time of an epoch against the batch per rank, with 95 % "
                     "intervals.",
                     LinePlotScript(plot), kWidth, kHeight});
}

// One part of a bar: how it is called and how it looks.
struct Layer {
  const char* title;
  const char* fill;  // gnuplot's fill style and colour
  double (*of)(const StepParts&);
};

constexpr Layer kLayers[] = {
    {"data", "solid 1 border linecolor 'black' linecolor '#ffffff'",
     [](const StepParts& p) { return p.data; }},
    {"host to device", "solid 1 border linecolor 'black' linecolor '#c7c7c7'",
     [](const StepParts& p) { return p.host_to_device; }},
    {"forward", "solid 1 border linecolor 'black' linecolor '#9ecae1'",
     [](const StepParts& p) { return p.forward; }},
    {"backward", "solid 1 border linecolor 'black' linecolor '#3f7fb5'",
     [](const StepParts& p) { return p.backward; }},
    {"exposed communication",
     "pattern 2 border linecolor 'black' linecolor '#a63603'",
     [](const StepParts& p) { return p.exposed; }},
    {"optimiser", "solid 1 border linecolor 'black' linecolor '#333333'",
     [](const StepParts& p) { return p.optimizer; }},
    {"other", "pattern 4 border linecolor 'black' linecolor '#777777'",
     [](const StepParts& p) { return p.Other(); }}};

// Those that a group has; CPUs copy nothing to a device.
std::vector<Layer> LayersOf(const std::vector<RunGroup>& groups) {
  std::vector<Layer> layers;
  for (const Layer& layer : kLayers)
    if (std::any_of(groups.begin(), groups.end(), [&](const RunGroup& group) {
          return PartTime(group, layer.of).value > 0;
        }))
      layers.push_back(layer);
  return layers;
}

// Per cent of the step; a negative rest (medians of different ranks) is none.
std::vector<double> Shares(const RunGroup& group,
                           const std::vector<Layer>& layers) {
  std::vector<double> shares;
  double sum = 0;
  for (const Layer& layer : layers) {
    shares.push_back(std::max(0.0, PartTime(group, layer.of).value));
    sum += shares.back();
  }
  for (double& share : shares) share *= sum > 0 ? 100 / sum : 0;
  return shares;
}

// Of a tick: configuration and step time, one below the other if `stacked`.
std::string BarLabel(const RunGroup& group, bool stacked) {
  const Configuration& c = group.configuration;
  const double step_ms =
      1e3 * PartTime(group, [](const StepParts& p) { return p.total; }).value;
  // Three digits, and never an exponent.
  const std::string step =
      absl::StrFormat(step_ms < 100 ? "%.3g" : "%.0f", step_ms);
  return absl::StrFormat(stacked ? "\"#%d\\nP = %d\\nbatch %d\\n%s ms\""
                                 : "\"#%d: P = %d, batch %d, %s ms\"",
                         group.number, c.world_size, c.batch_size_per_rank,
                         step);
}

std::string BreakdownData(const std::vector<RunGroup>& groups,
                          const std::vector<Layer>& layers) {
  std::string data = "$B << EOD\n";
  for (const RunGroup& group : groups)
    absl::StrAppend(&data, absl::StrJoin(Shares(group, layers), " "), "\n");
  return absl::StrCat(data, "EOD\n");
}

std::string BreakdownScript(const std::vector<RunGroup>& groups) {
  const bool stacked = groups.size() <= 7;  // labels fit side by side
  const std::vector<Layer> layers = LayersOf(groups);
  std::vector<std::string> ticks, items;
  for (size_t i = 0; i < groups.size(); ++i)
    ticks.push_back(absl::StrCat(BarLabel(groups[i], stacked), " ", i));
  for (size_t i = 0; i < layers.size(); ++i)
    items.push_back(absl::StrCat("$B using ", i + 1, " fillstyle ",
                                 layers[i].fill, " title '", layers[i].title,
                                 "'"));
  return absl::StrCat(
      BreakdownData(groups, layers),
      "set style data histograms\nset style histogram rowstacked\n"
      "set boxwidth 0.6\nset yrange [0:100]\nset xrange [-0.6:",
      groups.size() - 0.4,
      "]\nset border 3\nset ytics nomirror\nset ylabel 'share of the step "
      "(%)'\nset key outside top center horizontal Left reverse\nset lmargin "
      "12\nset rmargin 3\nset bmargin ",
      stacked ? 5 : 11, "\nset xtics ",
      // Margins are set: gnuplot makes room for one line of a tick only.
      stacked ? "(" : "rotate by 60 right (", absl::StrJoin(ticks, ", "),
      ") nomirror\nplot ", absl::StrJoin(items, ", "), "\n");
}

}  // namespace

std::vector<FigureScript> MakeFigures(const std::vector<RunGroup>& groups) {
  std::vector<FigureScript> figures;
  if (groups.empty()) return figures;
  AddSpeedup(groups, Scaling::kThroughput,
             {"throughput",
              "Throughput of an epoch: T_epoch(1) / T_epoch(P) at a fixed "
              "batch per rank, with 95 % intervals.",
              "", kWidth, kHeight},
             figures);
  AddSpeedup(groups, Scaling::kStrong,
             {"strong",
              "Strong scaling: T(1, B) / T(P, B/P) per step at a fixed global "
              "batch, with 95 % intervals.",
              "", kWidth, kHeight},
             figures);
  figures.push_back({"breakdown",
                     "Where a step's time goes, median over ranks; the step's "
                     "own time stands below its bar.",
                     BreakdownScript(groups),
                     std::max<int>(kWidth, 100 + 36 * groups.size()),
                     kHeight + 130});
  AddTimeAgainstBatch(groups, figures);
  return figures;
}

}  // namespace lockstep::analysis
