// What the all-reduce reaches by itself, and how much of it training reaches.

#ifndef LOCKSTEP_ANALYSIS_BASELINE_TABLE_H_
#define LOCKSTEP_ANALYSIS_BASELINE_TABLE_H_

#include <vector>

#include "analysis/run_group.h"
#include "report/table.h"

namespace lockstep::analysis {

// One row a configuration, type and size, for runs with --comm_baseline.
// `link_peak_gb_per_s`: see BandwidthTable.
Table BaselineTable(const std::vector<RunGroup>& groups,
                    double link_peak_gb_per_s);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_BASELINE_TABLE_H_
