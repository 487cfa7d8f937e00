#include "analysis/figures/breakdown_figure.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis/figures/figure_style.h"
#include "analysis/figures/step_layers.h"
#include "report/line_plot.h"

namespace lockstep::analysis {
namespace {

constexpr size_t kSideBySide = 7;  // bars whose labels fit without turning

bool Has(const RunGroup& group, const StepLayer& layer) {
  return PartTime(group, layer.of).value > 0;
}

// Those that a group has; CPUs copy nothing to a device.
std::vector<StepLayer> LayersOf(const std::vector<RunGroup>& groups) {
  std::vector<StepLayer> layers;
  for (const StepLayer& layer : kStepLayers)
    if (std::any_of(groups.begin(), groups.end(),
                    [&](const RunGroup& group) { return Has(group, layer); }))
      layers.push_back(layer);
  return layers;
}

// Per cent of the step; a negative rest (medians of different ranks) is none.
std::vector<double> Shares(const RunGroup& group,
                           const std::vector<StepLayer>& layers) {
  std::vector<double> shares;
  double sum = 0;
  for (const StepLayer& layer : layers) {
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
  const std::string step = step_ms < 100 ? absl::StrFormat("%.3g", step_ms)
                                         : absl::StrFormat("%.0f", step_ms);
  const char* const next = stacked ? "\\n" : ", ";
  return absl::StrCat("\"#", group.number, stacked ? "\\n" : ": ",
                      "P = ", c.world_size, next, "batch ",
                      c.batch_size_per_rank, next, step, " ms\"");
}

std::string SmallLabel(const RunGroup& group) {
  return absl::StrFormat("\"#%d\\nP=%d\"", group.number,
                         group.configuration.world_size);
}

std::string Data(const std::vector<RunGroup>& groups,
                 const std::vector<StepLayer>& layers) {
  std::string data = "$B << EOD\n";
  for (const RunGroup& group : groups)
    absl::StrAppend(&data, absl::StrJoin(Shares(group, layers), " "), "\n");
  return absl::StrCat(data, "EOD\n");
}

// Key, margins and ticks. Margins of large bars are set: gnuplot makes room for
// one line of a tick only.
std::string Frame(const std::vector<RunGroup>& groups, size_t layers,
                  bool small) {
  const bool stacked = groups.size() <= kSideBySide;
  std::vector<std::string> ticks;
  for (size_t i = 0; i < groups.size(); ++i)
    ticks.push_back(absl::StrCat(
        small ? SmallLabel(groups[i]) : BarLabel(groups[i], stacked), " ", i));
  const std::string place =
      small ? absl::StrCat("set title 'Parts of a step'\n", KeyBelow(layers, 0),
                           "set xtics (")
            : absl::StrCat(
                  "set key outside top center horizontal Left "
                  "reverse\nset lmargin 12\nset rmargin 3\nset "
                  "bmargin ",
                  stacked ? 5 : 11, "\nset xtics ",
                  stacked ? "(" : "rotate by 60 right (");
  return absl::StrCat(place, absl::StrJoin(ticks, ", "), ") nomirror\n");
}

}  // namespace

std::vector<RunGroup> WithParts(const std::vector<RunGroup>& groups) {
  std::vector<RunGroup> with_parts;
  for (const RunGroup& group : groups)
    if (PartTime(group, [](const StepParts& p) { return p.Compute(); }).value >
        0)
      with_parts.push_back(group);
  return with_parts;
}

std::string BreakdownScript(const std::vector<RunGroup>& groups, bool small) {
  const std::vector<StepLayer> layers = LayersOf(groups);
  std::vector<std::string> items;
  for (size_t i = 0; i < layers.size(); ++i)
    items.push_back(absl::StrCat("$B using ", i + 1, " fillstyle ",
                                 layers[i].fill, " title '", layers[i].title,
                                 "'"));
  return absl::StrCat(
      Data(groups, layers),
      "set style data histograms\nset style histogram rowstacked\n"
      "set boxwidth 0.6\nset yrange [0:100]\nset xrange [-0.6:",
      groups.size() - 0.4,
      "]\nset border 3\nset ytics nomirror\nset ylabel 'share of the step "
      "(%)'\n",
      Frame(groups, layers.size(), small), "plot ", absl::StrJoin(items, ", "),
      "\n");
}

std::vector<FigureScript> BreakdownFigures(
    const std::vector<RunGroup>& groups) {
  const std::vector<RunGroup> bars = WithParts(groups);
  if (bars.empty()) return {};
  return {{"breakdown",
           "Where a step's time goes, median over ranks; the step's own time "
           "stands below its bar.",
           BreakdownScript(bars, false),
           std::max<int>(kFigureWidth, 100 + 36 * bars.size()),
           kFigureHeight + 130, "breakdown"}};
}

}  // namespace lockstep::analysis
