// The figures of the report, as gnuplot scripts: readable in black and white
// (dashes, point shapes and hatches differ, not only colours).

#ifndef LOCKSTEP_ANALYSIS_FIGURES_H_
#define LOCKSTEP_ANALYSIS_FIGURES_H_

#include <string>
#include <vector>

#include "analysis/run_group.h"

namespace lockstep::analysis {

struct FigureScript {
  std::string name;     // letters only
  std::string caption;  // one line
  std::string script;   // for DrawSvg
  int width = 0;        // pixels
  int height = 0;
};

// Speedup against P (strong, and throughput), breakdown of the step, time
// against batch: those for which `groups` have data.
std::vector<FigureScript> MakeFigures(const std::vector<RunGroup>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FIGURES_H_
