// What the all-reduce moved, and how fast.

#ifndef LOCKSTEP_ANALYSIS_BANDWIDTH_TABLE_H_
#define LOCKSTEP_ANALYSIS_BANDWIDTH_TABLE_H_

#include <vector>

#include "analysis/run_group.h"
#include "report/table.h"

namespace lockstep::analysis {

// algbw, busbw and utilisation of each configuration; only DDP with P > 1 has
// them, the others print "-". `link_peak_gb_per_s` replaces the peak that the
// records declare; 0 leaves it.
Table BandwidthTable(const std::vector<RunGroup>& groups,
                     double link_peak_gb_per_s);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_BANDWIDTH_TABLE_H_
