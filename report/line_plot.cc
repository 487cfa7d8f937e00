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
constexpr int kPointTypes[] = {7, 5, 9, 11, 13, 3};
constexpr int kOpenTypes[] = {6, 4, 8, 10, 12, 2};
constexpr int kStyles = std::size(kColors);
constexpr int kDashes = 5;  // gnuplot's patterns 1 (solid) to 5

constexpr size_t kKeyRows = 8;  // more leave no room for a small plot

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

// A series as gnuplot draws it: its intervals, whose lines are never dashed,
// below what has the title.
std::string PlotItems(const PlotSeries& series, size_t number) {
  const bool open = series.style == PlotStyle::kOpenPoints;
  const std::string color =
      absl::StrCat(" linewidth 2 linecolor '", kColors[number % kStyles], "'");
  const std::string dashes = absl::StrCat(" dashtype ", 1 + number % kDashes);
  const std::string points = absl::StrCat(
      " pointtype ", (open ? kOpenTypes : kPointTypes)[number % kStyles],
      " pointsize 0.8");
  const std::string title = series.title.empty()
                                ? " notitle"
                                : " title " + GnuplotString(series.title);
  const std::string intervals =
      absl::StrCat(Block(number), " using 1:2:3:4 with yerrorbars pointtype 0",
                   color, " notitle, ");
  const std::string item = absl::StrCat(Block(number), " using 1:2 with ");
  switch (series.style) {
    case PlotStyle::kLine:
      return absl::StrCat(item, "lines", color, dashes, title);
    case PlotStyle::kLinePoints:
      return absl::StrCat(intervals, item, "linespoints", color, dashes, points,
                          title);
    default:
      return absl::StrCat(intervals, item, "points", color, points, title);
  }
}

// Where there are points; a line has none of its own.
std::set<double> TicksOf(const LinePlot& plot) {
  std::set<double> values;
  for (const PlotSeries& series : plot.series)
    if (series.style != PlotStyle::kLine)
      for (const PlotPoint& point : series.points) values.insert(point.x);
  return values;
}

// Smallest and largest x of all series.
Interval RangeOf(const LinePlot& plot) {
  std::set<double> values;
  for (const PlotSeries& series : plot.series)
    for (const PlotPoint& point : series.points) values.insert(point.x);
  return {*values.begin(), *values.rbegin()};
}

// Below: margins are set, as gnuplot would write over the label of the axis.
std::string Key(const LinePlot& plot) {
  if (!plot.key_below)
    return "set key outside right top Left reverse samplen 4\n";
  const size_t items = plot.series.size() + (plot.ideal_line ? 1 : 0);
  return KeyBelow(items, 0);
}

std::string Labels(const LinePlot& plot) {
  return absl::StrCat(
      plot.title.empty()
          ? ""
          : absl::StrCat("set title ", GnuplotString(plot.title), "\n"),
      "set xlabel ", GnuplotString(plot.x_label), "\nset ylabel ",
      GnuplotString(plot.y_label), "\n", Key(plot),
      // Else an interval is rubbed out around its point.
      "set pointintervalbox 0\n");
}

std::string Ticks(const LinePlot& plot) {
  const std::string at = absl::StrJoin(TicksOf(plot), ", ");
  return absl::StrCat(
      "set xtics ", plot.x_ticks_at_points ? absl::StrCat("(", at, ") ") : "",
      "nomirror\nset ytics nomirror\nset border 3\nset grid ytics linecolor "
      "'#cccccc'\n",
      plot.x_format.empty()
          ? ""
          : absl::StrCat("set format x ", GnuplotString(plot.x_format), "\n"));
}

std::string Ranges(const LinePlot& plot) {
  const auto [first, last] = RangeOf(plot);
  std::string ranges =
      plot.log_y ? absl::StrCat("set logscale y ", plot.log_base, "\n")
                 : "set yrange [0:*]\n";
  if (plot.log_y) absl::StrAppend(&ranges, "set format y '%g'\n");
  if (plot.log_x)
    absl::StrAppend(&ranges, "set logscale x ", plot.log_base, "\nset xrange [",
                    first / 1.2, ":", last * 1.2, "]\n");
  else if (!plot.x_ticks_at_points)
    absl::StrAppend(&ranges, "set xrange [0:*]\n");
  else
    absl::StrAppend(&ranges, "set xrange [", first - 0.2, ":", last + 0.2,
                    "]\n");
  return ranges;
}

}  // namespace

std::string KeyBelow(size_t items, int tick_lines) {
  const size_t columns = items > kKeyRows ? 2 : 1;
  const size_t rows = (items + columns - 1) / columns;
  return absl::StrCat("set key outside below center vertical maxcols ", columns,
                      " maxrows ", rows,
                      " Left reverse samplen 3 font ',11'\nset bmargin ",
                      4.2 + tick_lines + 0.82 * rows, "\n");
}

std::string LinePlotScript(const LinePlot& plot) {
  std::string script = absl::StrCat(Labels(plot), Ticks(plot), Ranges(plot));
  std::vector<std::string> items;
  if (plot.ideal_line)
    items.push_back(
        "x with lines linecolor '#555555' dashtype 3 linewidth 1 title "
        "'ideal'");
  for (size_t i = 0; i < plot.series.size(); ++i) {
    absl::StrAppend(&script, DataBlock(plot.series[i], i));
    items.push_back(PlotItems(plot.series[i], i));
  }
  return absl::StrCat(script, "plot ", absl::StrJoin(items, ", "), "\n");
}

}  // namespace lockstep
