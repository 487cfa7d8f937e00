// A gnuplot script of small histograms in rows and columns, for comparison by
// eye: one axis of counts for each column, logarithmic.

#ifndef LOCKSTEP_REPORT_STEP_PANELS_H_
#define LOCKSTEP_REPORT_STEP_PANELS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace lockstep {

// Counts over equal bins; bin i begins at first + i * step.
struct StepPanel {
  std::string title;
  double first = 0;
  double step = 1;
  std::vector<int64_t> counts;  // none: the place stays empty
};

// For DrawSvg (gnuplot.h). `panels` row by row, `columns` a row; each is about
// as readable as its place is large: 250 x 110 pixels are enough.
std::string StepPanelsScript(const std::vector<StepPanel>& panels, int columns);

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_STEP_PANELS_H_
