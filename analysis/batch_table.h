// Time against batch size.

#ifndef LOCKSTEP_ANALYSIS_BATCH_TABLE_H_
#define LOCKSTEP_ANALYSIS_BATCH_TABLE_H_

#include <vector>

#include "analysis/run_group.h"
#include "analysis/table.h"

namespace lockstep::analysis {

// Epoch and step time of every configuration; the fastest of each model and
// number of ranks is marked from the data, with all that it cannot be told
// from. Twins are not in it: nobody trains like that.
Table BatchTable(const std::vector<RunGroup>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_BATCH_TABLE_H_
