#include "report/step_panels.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "report/gnuplot.h"

namespace lockstep {
namespace {

// Half a count: an empty bin has no logarithm, and one count must show.
constexpr double kEmpty = 0.5;

// Corners of the steps: left edge and height of each bin, then the right edge.
std::string DataBlock(const StepPanel& panel, size_t number) {
  std::string block = absl::StrCat("$P", number, " << EOD\n");
  double edge = panel.first;
  for (size_t i = 0; i < panel.counts.size(); ++i) {
    edge = panel.first + i * panel.step;
    const double height = std::max<double>(panel.counts[i], kEmpty);
    absl::StrAppendFormat(&block, "%.12g %.12g\n%.12g %.12g\n", edge, height,
                          edge + panel.step, height);
  }
  return absl::StrCat(block, "EOD\n");
}

double MostIn(const std::vector<StepPanel>& panels, size_t column,
              int columns) {
  double most = 1;
  for (size_t i = column; i < panels.size(); i += columns)
    for (const int64_t count : panels[i].counts)
      most = std::max<double>(most, count);
  return most;
}

std::string Panel(const StepPanel& panel, size_t number, double most) {
  if (panel.counts.empty()) return "set multiplot next\n";
  const int tick_ratio = most < 1000 ? 10 : 100;  // 2 to 4 labels
  return absl::StrFormat(
      "set title %s\nset xrange [%.12g:%.12g]\nset yrange [%g:%g]\n"
      "set ytics %d\n"
      "plot $P%d using 1:2 with filledcurves y=%g notitle\n",
      GnuplotString(panel.title), panel.first,
      panel.first + panel.counts.size() * panel.step, kEmpty, 2 * most,
      tick_ratio, number, kEmpty);
}

}  // namespace

std::string StepPanelsScript(const std::vector<StepPanel>& panels,
                             int columns) {
  std::string script;
  for (size_t i = 0; i < panels.size(); ++i)
    absl::StrAppend(&script, DataBlock(panels[i], i));
  absl::StrAppend(&script,
                  "set border 3\nset tics nomirror font ',9'\n"
                  "set logscale y\nset format y '%.0s%c'\n"
                  "unset mytics\nset style fill solid 1\n"
                  "set linetype 1 linecolor '#0072b2'\n"
                  "set title font ',10' offset 0,-0.7\n"
                  // In characters; what gnuplot would leave is most of a panel.
                  "set lmargin 6\nset rmargin 1\nset tmargin 1.3\n"
                  "set bmargin 1.4\n",
                  "set multiplot layout ",
                  (panels.size() + columns - 1) / columns, ",", columns, "\n");
  for (size_t i = 0; i < panels.size(); ++i)
    absl::StrAppend(&script,
                    Panel(panels[i], i, MostIn(panels, i % columns, columns)));
  return absl::StrCat(script, "unset multiplot\n");
}

}  // namespace lockstep
