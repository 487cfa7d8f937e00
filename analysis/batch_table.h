// Time against batch size.

#ifndef LOCKSTEP_ANALYSIS_BATCH_TABLE_H_
#define LOCKSTEP_ANALYSIS_BATCH_TABLE_H_

#include <vector>

#include "analysis/run.h"
#include "analysis/run_group.h"
#include "report/table.h"

namespace lockstep::analysis {

// Epoch and step time of every configuration; the fastest of each model and
// number of ranks is marked from the data, with all that it cannot be told
// from. Twins are not in it: nobody trains like that.
// A batch for which memory did not suffice in some of `runs`, and which no run
// of the same settings completed, has a row that says so.
Table BatchTable(const std::vector<RunGroup>& groups,
                 const std::vector<Run>& runs);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_BATCH_TABLE_H_
