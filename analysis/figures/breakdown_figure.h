// Where a step's time goes, as bars.

#ifndef LOCKSTEP_ANALYSIS_FIGURES_BREAKDOWN_FIGURE_H_
#define LOCKSTEP_ANALYSIS_FIGURES_BREAKDOWN_FIGURE_H_

#include <string>
#include <vector>

#include "analysis/run_group.h"
#include "report/draw_figure.h"

namespace lockstep::analysis {

// The groups that have the parts of a step; a reported run may have none.
std::vector<RunGroup> WithParts(const std::vector<RunGroup>& groups);

// Bars of `groups`, all of which have parts: at least one. `small`: inside a
// page of several plots, named by number and P only.
std::string BreakdownScript(const std::vector<RunGroup>& groups, bool small);

// None if no group has parts.
std::vector<FigureScript> BreakdownFigures(const std::vector<RunGroup>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FIGURES_BREAKDOWN_FIGURE_H_
