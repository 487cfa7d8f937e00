// Where the time of a step goes.

#ifndef LOCKSTEP_ANALYSIS_BREAKDOWN_TABLE_H_
#define LOCKSTEP_ANALYSIS_BREAKDOWN_TABLE_H_

#include <vector>

#include "analysis/run_group.h"
#include "report/table.h"

namespace lockstep::analysis {

// Data, host to device (if a run has it), forward, backward, exposed
// communication, optimiser, other: their sum is the step. "other" is computed
// from the figures beside it.
Table BreakdownTable(const std::vector<RunGroup>& groups);

// Exposed against hidden communication, and waiting for other ranks. Runs of
// one rank, or whose twin sends nothing, have none.
Table OverlapTable(const std::vector<RunGroup>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_BREAKDOWN_TABLE_H_
