// What was measured, and what was not.

#ifndef LOCKSTEP_ANALYSIS_RUNS_TABLE_H_
#define LOCKSTEP_ANALYSIS_RUNS_TABLE_H_

#include <vector>

#include "analysis/run_group.h"
#include "report/table.h"

namespace lockstep::analysis {

// One row a configuration; its number names it in all other tables.
Table RunsTable(const std::vector<RunGroup>& groups);

// The runs whose times are in no table, with the reason.
Table LeftOutTable(const std::vector<Run>& runs);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_RUNS_TABLE_H_
