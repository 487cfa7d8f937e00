// The speedup tables: one for each kind of scaling.

#ifndef LOCKSTEP_ANALYSIS_SPEEDUP_TABLE_H_
#define LOCKSTEP_ANALYSIS_SPEEDUP_TABLE_H_

#include <vector>

#include "analysis/run_group.h"
#include "report/table.h"

namespace lockstep::analysis {

Table StrongTable(const std::vector<RunGroup>& groups);
Table WeakTable(const std::vector<RunGroup>& groups);
Table ThroughputTable(const std::vector<RunGroup>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_SPEEDUP_TABLE_H_
