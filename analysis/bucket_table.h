// Each bucket's all-reduce: how long it takes, how fast it is, and how early
// its gradients were there.

#ifndef LOCKSTEP_ANALYSIS_BUCKET_TABLE_H_
#define LOCKSTEP_ANALYSIS_BUCKET_TABLE_H_

#include <vector>

#include "analysis/run_group.h"
#include "report/table.h"

namespace lockstep::analysis {

// A row a bucket of each group that recorded some; `link_peak_gb_per_s`
// replaces the peaks that the records declare, 0 does not.
Table BucketTable(const std::vector<RunGroup>& groups,
                  double link_peak_gb_per_s);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_BUCKET_TABLE_H_
