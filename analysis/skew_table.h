// How far apart ranks begin the same collective.

#ifndef LOCKSTEP_ANALYSIS_SKEW_TABLE_H_
#define LOCKSTEP_ANALYSIS_SKEW_TABLE_H_

#include <vector>

#include "analysis/run_group.h"
#include "report/table.h"

namespace lockstep::analysis {

// One row a configuration and bucket. A skew that the clocks cannot resolve
// prints as an upper bound; a run whose clocks cannot be compared has none, and
// a note says why.
Table SkewTable(const std::vector<RunGroup>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_SKEW_TABLE_H_
