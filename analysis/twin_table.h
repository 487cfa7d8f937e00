// What a step would cost without one thing: runs that did without it, beside
// runs that are the same but for it.

#ifndef LOCKSTEP_ANALYSIS_TWIN_TABLE_H_
#define LOCKSTEP_ANALYSIS_TWIN_TABLE_H_

#include <vector>

#include "analysis/run_group.h"
#include "report/table.h"

namespace lockstep::analysis {

// One row a configuration that has a twin (--twin no_sync, synthetic_data): its
// step time, the twins', the differences, and what was measured inside the
// steps beside each. A twin whose configuration was not run is a note.
Table TwinTable(const std::vector<RunGroup>& groups);

// One row a configuration that was run with --overlap and --nooverlap.
Table OverlapOffTable(const std::vector<RunGroup>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_TWIN_TABLE_H_
