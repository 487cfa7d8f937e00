// What the figures of the report have in common.

#ifndef LOCKSTEP_ANALYSIS_FIGURES_FIGURE_STYLE_H_
#define LOCKSTEP_ANALYSIS_FIGURES_FIGURE_STYLE_H_

#include <cstdint>

namespace lockstep::analysis {

// Pixels: a page's width, two on its height.
inline constexpr int kFigureWidth = 760, kFigureHeight = 420;

inline constexpr uint32_t kManyRanks = 16;  // beyond it, axes of P are log

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FIGURES_FIGURE_STYLE_H_
