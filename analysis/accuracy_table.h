// What was learned, epoch by epoch.

#ifndef LOCKSTEP_ANALYSIS_ACCURACY_TABLE_H_
#define LOCKSTEP_ANALYSIS_ACCURACY_TABLE_H_

#include <vector>

#include "analysis/run.h"
#include "report/table.h"

namespace lockstep::analysis {

// Every whole epoch of every run, also of runs that ended early: their counts
// are exact even if their times are not used. Twins have no accuracy.
Table AccuracyTable(const std::vector<Run>& runs);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_ACCURACY_TABLE_H_
