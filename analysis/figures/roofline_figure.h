// What limits a rank: computing, or the link. The roofline model with images in
// place of operations (docs/metrics.md, "Communication roofline"). Source:
// Williams, Waterman, Patterson, CACM 52 (2009) 65.

#ifndef LOCKSTEP_ANALYSIS_FIGURES_ROOFLINE_FIGURE_H_
#define LOCKSTEP_ANALYSIS_FIGURES_ROOFLINE_FIGURE_H_

#include <string>
#include <vector>

#include "analysis/run_group.h"
#include "report/draw_figure.h"

namespace lockstep::analysis {

// Bandwidth that the sloped roof stands for, and where it is from.
struct LinkRoof {
  double gb_per_s = 0;  // busbw; 0: none is known
  std::string source;
};

// `declared_gb_per_s` if it is above 0, else the largest that the groups
// declare.
LinkRoof DeclaredPeak(const std::vector<RunGroup>& groups,
                      double declared_gb_per_s);

// That, else the largest busbw of the baselines, else of the buckets.
LinkRoof LinkRoofOf(const std::vector<RunGroup>& groups,
                    double declared_gb_per_s);

// None without a group that communicates, or without a bandwidth.
std::vector<FigureScript> RooflineFigures(const std::vector<RunGroup>& groups,
                                          double declared_gb_per_s);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FIGURES_ROOFLINE_FIGURE_H_
