// Points of run groups as lines of a plot: which belong together, and what a
// line is called.

#ifndef LOCKSTEP_ANALYSIS_FIGURES_RUN_SERIES_H_
#define LOCKSTEP_ANALYSIS_FIGURES_RUN_SERIES_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "analysis/run_group.h"
#include "report/line_plot.h"

namespace lockstep::analysis {

// Lines of one workload that belong together, told apart by a number: a batch,
// or P.
using SeriesKey = std::pair<Traits, uint32_t>;

bool SeveralModels(const std::vector<RunGroup>& groups);

// `what`, behind the model if there are several and behind another mechanism
// than ours.
std::string SeriesTitle(const Configuration& configuration, bool several_models,
                        std::string what);

// All lines, each with its points in the order of x.
std::vector<PlotSeries> Sorted(std::map<SeriesKey, PlotSeries>&& by_key);

// True if axes of P should be logarithmic.
bool HasManyRanks(const std::vector<RunGroup>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_FIGURES_RUN_SERIES_H_
