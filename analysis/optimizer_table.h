// Optimisers compared: what they learn and what they cost.

#ifndef LOCKSTEP_ANALYSIS_OPTIMIZER_TABLE_H_
#define LOCKSTEP_ANALYSIS_OPTIMIZER_TABLE_H_

#include <vector>

#include "analysis/run_group.h"
#include "analysis/training.h"
#include "report/table.h"

namespace lockstep::analysis {

// Trainings of models that were trained with two optimisers or more: loss and
// accuracy at the end, time of a step and of its update.
Table OptimizerTable(const std::vector<TrainingGroup>& trainings,
                     const std::vector<RunGroup>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_OPTIMIZER_TABLE_H_
