#include "analysis/figures/roofline_figure.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/figures/bandwidth_figure.h"
#include "analysis/figures/figure_style.h"
#include "analysis/metrics.h"
#include "report/line_plot.h"

namespace lockstep::analysis {
namespace {

constexpr double kMegabyte = 1e6;

bool IsDrawn(const RunGroup& group) {
  const Configuration& c = group.configuration;
  return c.mechanism == DDP && c.world_size > 1 && c.gradient_bytes > 0 &&
         !IsTwin(c) &&
         PartTime(group, [](const StepParts& p) { return p.total; }).value > 0;
}

// Images of a rank and step.
double Images(const Configuration& c) {
  return 1.0 * c.global_batch_size / c.world_size;
}

// Images of a rank / bytes that the ring's convention has it send, in 1/MB.
double Intensity(const Configuration& c) {
  const double sent =
      2.0 * (c.world_size - 1) / c.world_size * c.gradient_bytes;
  return Images(c) / (sent / kMegabyte);
}

// Images/s of a rank, over all of a step or over what is not communication.
Estimate Rate(const RunGroup& group, double (*part)(const StepParts&)) {
  const double images = Images(group.configuration);
  return Apply([=](double s) { return s > 0 ? images / s : 0; },
               PartTime(group, part));
}

double LargestBusbw(const std::vector<MessageSeries>& messages,
                    absl::string_view from) {
  double largest = 0;
  for (const MessageSeries& series : messages) {
    if (series.from != from) continue;
    for (const MessageTime& time : series.times)
      largest = std::max(
          largest,
          BusBandwidth(AlgorithmBandwidth(time.bytes, time.seconds.value),
                       series.world_size));
  }
  return largest;
}

// Min(compute, link) from a third of the smallest intensity to three times the
// largest, or to where the roofs meet.
PlotSeries Roof(const std::string& title, double images_per_s, double gb_per_s,
                const Interval& intensity) {
  const double slope = gb_per_s * 1e9 / kMegabyte;  // images/s for 1 image/MB
  const double corner = images_per_s / slope;
  PlotSeries roof;
  roof.title = title;
  roof.style = PlotStyle::kLine;
  for (const double x : {std::min(intensity.low, corner) / 3, corner,
                         std::max(intensity.high, corner) * 3})
    roof.points.push_back({x, {std::min(images_per_s, slope * x), {}}});
  return roof;
}

// Runs of one model: they compute alike.
struct ModelRuns {
  std::map<uint32_t, PlotSeries> points;  // by P
  double images_per_s = 0;                // the compute roof
};

std::map<std::string, ModelRuns> ByModel(const std::vector<RunGroup>& groups) {
  std::map<std::string, ModelRuns> by_model;
  for (const RunGroup& group : groups) {
    ModelRuns& runs = by_model[group.configuration.model];
    if (IsTwin(group.configuration)) continue;
    runs.images_per_s =
        std::max(runs.images_per_s, Rate(group, [](const StepParts& p) {
                                      return p.total - p.exposed;
                                    }).value);
    if (!IsDrawn(group)) continue;
    runs.points[group.configuration.world_size].points.push_back(
        {Intensity(group.configuration),
         Rate(group, [](const StepParts& p) { return p.total; })});
  }
  return by_model;
}

// The smallest and the largest.
Interval IntensitiesOf(const ModelRuns& runs) {
  std::set<double> values;
  for (const auto& [world_size, series] : runs.points)
    for (const PlotPoint& point : series.points) values.insert(point.x);
  return {*values.begin(), *values.rbegin()};
}

std::vector<PlotSeries> AllSeries(const std::vector<RunGroup>& groups,
                                  const LinkRoof& link) {
  std::vector<PlotSeries> all;
  for (auto& [model, runs] : ByModel(groups)) {
    if (runs.points.empty()) continue;
    all.push_back(Roof(absl::StrCat(model, ", roof"), runs.images_per_s,
                       link.gb_per_s, IntensitiesOf(runs)));
    for (auto& [world_size, series] : runs.points) {
      series.title = absl::StrCat(model, ", P = ", world_size);
      series.style = PlotStyle::kPoints;
      all.push_back(std::move(series));
    }
  }
  return all;
}

}  // namespace

LinkRoof DeclaredPeak(const std::vector<RunGroup>& groups,
                      double declared_gb_per_s) {
  LinkRoof peak = {declared_gb_per_s, "declared peak"};
  if (declared_gb_per_s > 0) return peak;
  for (const RunGroup& group : groups)
    peak.gb_per_s =
        std::max(peak.gb_per_s, group.configuration.link_peak_gb_per_s);
  return peak;
}

LinkRoof LinkRoofOf(const std::vector<RunGroup>& groups,
                    double declared_gb_per_s) {
  LinkRoof declared = DeclaredPeak(groups, declared_gb_per_s);
  if (declared.gb_per_s > 0) return declared;
  const std::vector<MessageSeries> messages = MessagesOf(groups);
  for (const char* from : {kAlone, kInTraining}) {
    const double busbw = LargestBusbw(messages, from);
    if (busbw > 0) return {busbw, absl::StrCat("largest busbw ", from)};
  }
  return {};
}

std::vector<FigureScript> RooflineFigures(const std::vector<RunGroup>& groups,
                                          double declared_gb_per_s) {
  const LinkRoof link = LinkRoofOf(groups, declared_gb_per_s);
  if (link.gb_per_s <= 0) return {};
  LinePlot plot;
  plot.series = AllSeries(groups, link);
  if (plot.series.empty()) return {};
  plot.log_x = plot.log_y = true;
  plot.x_ticks_at_points = false;
  plot.x_label = "images of a rank / MB that it sends";
  plot.y_label = "images/s of a rank";
  return {{"roofline",
           absl::StrFormat(
               "Communication roofline: attainable = min(fastest computing, "
               "images per MB x %.3g GB/s, the %s). On the slope the link "
               "limits even with perfect overlap; a point far below its roof "
               "loses time to something else, first to communication that is "
               "not hidden.",
               link.gb_per_s, link.source),
           LinePlotScript(plot), kFigureWidth, kFigureHeight, "bandwidth"}};
}

}  // namespace lockstep::analysis
