// A large batch against smaller ones: after as many epochs, and after as many
// updates.

#ifndef LOCKSTEP_ANALYSIS_EQUAL_TABLE_H_
#define LOCKSTEP_ANALYSIS_EQUAL_TABLE_H_

#include <vector>

#include "analysis/training.h"
#include "report/table.h"

namespace lockstep::analysis {

// A row for each configuration with more images an update than another one of
// its model and data, if it ran for 3 epochs or more, and each such other; test
// accuracy at the end of the first, and of the second where it was evaluated
// then.
Table EqualTable(const std::vector<TrainingGroup>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_EQUAL_TABLE_H_
