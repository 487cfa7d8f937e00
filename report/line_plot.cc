#include "report/line_plot.h"

#include <iterator>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "report/gnuplot.h"

namespace lockstep {
namespace {

// Dark enough for white paper, distinct for colour-blind readers (Okabe, Ito:
// Color Universal Design, 2008); dash and point shape repeat the distinction.
constexpr const char* kColors[] = {"#0072b2", "#d55e00", "#007a5a",
                                   "#a6517f", "#000000", "#8a6d00"};
constexpr int kPointTypes[] = {7, 5, 9, 11, 13, 6};
constexpr int kStyles = std::size(kColors);
constexpr int kDashes = 5;  // gnuplot's patterns 1 (solid) to 5

std::string Block(size_t number) { return absl::StrCat("$S", number); }

// x, y, low, high; without an interval low = high = y.
std::string DataBlock(const PlotSeries& series, size_t number) {
  std::string block = absl::StrCat(Block(number), " << EOD\n");
  for (const PlotPoint& point : series.points) {
    const double y = point.y.value;
    const Interval interval = Interval95(point.y).value_or(Interval{y, y});
    absl::StrAppend(&block, point.x, " ", y, " ", interval.low, " ",
                    interval.high, "\n");
  }
  return absl::StrCat(block, "EOD\n");
}

std::string PlotItem(const PlotSeries& series, size_t number) {
  return absl::StrCat(
      Block(number), " using 1:2:3:4 with yerrorlines linewidth 2 linecolor '",
      kColors[number % kStyles], "' dashtype ", 1 + number % kDashes,
      " pointtype ", kPointTypes[number % kStyles], " pointsize 0.8 title ",
      GnuplotString(series.title));
}

std::set<double> AllX(const LinePlot& plot) {
  std::set<double> values;
  for (const PlotSeries& series : plot.series)
    for (const PlotPoint& point : series.points) values.insert(point.x);
  return values;
}

std::string Axes(const LinePlot& plot) {
  const std::set<double> values = AllX(plot);
  const double first = *values.begin(), last = *values.rbegin();
  std::string axes = absl::StrCat(
      "set xlabel ", GnuplotString(plot.x_label), "\nset ylabel ",
      GnuplotString(plot.y_label), "\nset xtics ",
      plot.x_ticks_at_points
          ? absl::StrCat("(", absl::StrJoin(values, ", "), ") ")
          : "",
      "nomirror\nset ytics nomirror\nset border 3\nset grid ytics linecolor "
      "'#cccccc'\nset key outside right top Left reverse samplen 4\n");
  if (plot.log_y)
    absl::StrAppend(&axes, "set logscale y 2\n");
  else
    absl::StrAppend(&axes, "set yrange [0:*]\n");
  if (plot.log_x)
    absl::StrAppend(&axes, "set logscale x 2\nset xrange [", first / 1.2, ":",
                    last * 1.2, "]\n");
  else if (!plot.x_ticks_at_points)
    absl::StrAppend(&axes, "set xrange [0:*]\n");
  else
    absl::StrAppend(&axes, "set xrange [", first - 0.2, ":", last + 0.2, "]\n");
  return axes;
}

}  // namespace

std::string LinePlotScript(const LinePlot& plot) {
  std::string script = Axes(plot);
  std::vector<std::string> items;
  if (plot.ideal_line)
    items.push_back(
        "x with lines linecolor '#555555' dashtype 3 linewidth 1 title "
        "'ideal'");
  for (size_t i = 0; i < plot.series.size(); ++i) {
    absl::StrAppend(&script, DataBlock(plot.series[i], i));
    items.push_back(PlotItem(plot.series[i], i));
  }
  return absl::StrCat(script, "plot ", absl::StrJoin(items, ", "), "\n");
}

}  // namespace lockstep
