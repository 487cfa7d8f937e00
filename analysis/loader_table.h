// What more loader workers buy.

#ifndef LOCKSTEP_ANALYSIS_LOADER_TABLE_H_
#define LOCKSTEP_ANALYSIS_LOADER_TABLE_H_

#include <vector>

#include "analysis/run_group.h"
#include "report/table.h"

namespace lockstep::analysis {

// Input stall and images/s of configurations that differ in --num_workers and
// in nothing else.
Table LoaderTable(const std::vector<RunGroup>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_LOADER_TABLE_H_
