// Time and steps to an accuracy.

#ifndef LOCKSTEP_ANALYSIS_TARGET_TABLE_H_
#define LOCKSTEP_ANALYSIS_TARGET_TABLE_H_

#include <vector>

#include "analysis/training.h"
#include "report/table.h"

namespace lockstep::analysis {

// The two highest multiples of 0.1 that some training reached.
std::vector<double> DefaultTargets(const std::vector<TrainingGroup>& groups);

// For each target (test accuracy, 0 to 1) and configuration: updates, images
// and seconds until the first evaluation that reaches it, and the two factors
// of the seconds. Figures only if all repeats reached it.
Table TargetTable(const std::vector<TrainingGroup>& groups,
                  const std::vector<double>& targets);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_TARGET_TABLE_H_
