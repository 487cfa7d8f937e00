// Draws figures, for tests.

#ifndef LOCKSTEP_ANALYSIS_FIGURES_TESTING_FIGURES_H_
#define LOCKSTEP_ANALYSIS_FIGURES_TESTING_FIGURES_H_

#include <string>
#include <vector>

#include "report/draw_figure.h"

namespace lockstep::analysis {

// What gnuplot says against one of them, with its name; "" if it draws all, or
// is not there.
std::string WhyNotDrawn(const std::vector<FigureScript>& figures);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FIGURES_TESTING_FIGURES_H_
