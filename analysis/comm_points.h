// Sizes and times of all-reduces, for the alpha-beta model (laws/alpha_beta.h).

#ifndef LOCKSTEP_ANALYSIS_COMM_POINTS_H_
#define LOCKSTEP_ANALYSIS_COMM_POINTS_H_

#include <vector>

#include "analysis/laws/alpha_beta.h"
#include "analysis/run_group.h"

namespace lockstep::analysis {

// Smaller reductions end on some ranks before they have begun on others: the
// minimum over ranks is then below the latency.
inline constexpr double kSmallestModelBytes = 1024;

// A point for each run and bucket: median over its recorded steps.
std::vector<AllReduceTime> TrainingPoints(const RunGroup& group);

// A point for each run, size and repeat of --comm_baseline.
std::vector<AllReduceTime> BaselinePoints(const RunGroup& group);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_COMM_POINTS_H_
