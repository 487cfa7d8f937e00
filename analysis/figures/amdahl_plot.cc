#include "analysis/figures/amdahl_plot.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/figures/speedup_figure.h"

namespace lockstep::analysis {
namespace {

constexpr double kBeyond = 4;  // times the largest measured P
constexpr int kCurvePoints = 40;

// Karp and Flatt, CACM 33 (1990) 539.
double SerialFraction(double speedup, double ranks) {
  return (1 / speedup - 1 / ranks) / (1 - 1 / ranks);
}

// ", s(2) = 0.107, s(4) = 0.116": of the first and the last P.
std::string Fractions(const std::vector<PlotPoint>& points) {
  std::string text;
  for (size_t i = 1; i < points.size(); ++i)
    if (i == 1 || i + 1 == points.size())
      absl::StrAppendFormat(&text, ", s(%g) = %.3g", points[i].x,
                            SerialFraction(points[i].y.value, points[i].x));
  return text;
}

PlotSeries Curve(double serial, double last) {
  PlotSeries curve;
  curve.style = PlotStyle::kLine;
  for (int i = 0; i < kCurvePoints; ++i) {
    const double ranks = 1 + (last - 1) * i / (kCurvePoints - 1);
    curve.points.push_back({ranks, {1 / (serial + (1 - serial) / ranks), {}}});
  }
  return curve;
}

}  // namespace

LinePlot AmdahlPlot(const std::vector<RunGroup>& groups) {
  LinePlot plot;
  plot.x_label = "ranks P";
  plot.y_label = "strong speedup";
  plot.x_ticks_at_points = false;  // the curve goes further
  for (PlotSeries& measured : SpeedupSeries(groups, Scaling::kStrong)) {
    const PlotPoint last = measured.points.back();
    const double serial = SerialFraction(last.y.value, last.x);
    measured.style = PlotStyle::kPoints;
    absl::StrAppend(&measured.title, Fractions(measured.points));
    plot.series.push_back(std::move(measured));
    if (serial > 0 && serial < 1)
      plot.series.push_back(Curve(serial, kBeyond * last.x));
  }
  return plot;
}

}  // namespace lockstep::analysis
