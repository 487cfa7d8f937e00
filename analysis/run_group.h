// Repeats of one configuration, and the figures they give together.
//
// Every figure is the median over the repeats. Its interval comes from
// resampling the repeats when there are at least kEnoughRepeats, otherwise from
// resampling the steps within each; without steps to resample there is none.

#ifndef LOCKSTEP_ANALYSIS_RUN_GROUP_H_
#define LOCKSTEP_ANALYSIS_RUN_GROUP_H_

#include <vector>

#include "analysis/run.h"
#include "report/statistics.h"

namespace lockstep::analysis {

// Fewer repeats say nothing about their spread.
inline constexpr size_t kEnoughRepeats = 3;

struct RunGroup {
  int number = 0;  // names the group in every table: #1, #2, ...
  Configuration configuration;
  std::vector<Run> runs;  // at least one
};

// The measured ones of `runs`, grouped by configuration, in its order.
std::vector<RunGroup> GroupRuns(const std::vector<Run>& runs);

// What is resampled for an interval.
enum class Spread { kSteps, kRepeats };

bool HasEnoughRepeats(const RunGroup& group);

// Whether it is known where the time of a step goes: somebody's table only has
// whole epochs.
bool HasParts(const RunGroup& group);

// kRepeats if there are enough of them.
Spread BestSpread(const RunGroup& group);

// Median step time, in seconds.
Estimate StepTime(const RunGroup& group, Spread spread);

// Time of an epoch, in seconds. Over steps: scaled by their resampled mean.
Estimate EpochTime(const RunGroup& group, Spread spread);

// Median over the repeats of the median of each one's `samples`; repeats
// without samples do not count, and 0 if none has any. `seed` names the figure:
// two figures with different seeds are resampled independently.
Estimate MedianOf(const std::vector<std::vector<double>>& samples_by_run,
                  uint64_t seed);

// `part` of a step, in seconds. Over steps: the exact value, moved by what
// resampling the recorded steps does to their mean.
Estimate PartTime(const RunGroup& group, double (*part)(const StepParts&));

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_RUN_GROUP_H_
