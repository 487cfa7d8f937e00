// Which runs may be compared as a speedup, and what comes out.
//
// The kind of scaling is what the runs are, not what somebody calls them:
//   strong      same global batch: S = T_step(1, B) / T_step(P, B/P)
//   weak        same batch per rank: E = t_step(1, b) / t_step(P, b)
//   throughput  same data set and batch per rank: S = T_epoch(1) / T_epoch(P)
// The baseline is one rank (SINGLE, or DDP with P = 1; for DATA_PARALLEL SINGLE
// only) with the same workload (Configuration::workload). A twin, which left
// something out, is neither compared nor a baseline. docs/metrics.md has the
// definitions.

#ifndef LOCKSTEP_ANALYSIS_SPEEDUP_H_
#define LOCKSTEP_ANALYSIS_SPEEDUP_H_

#include <string>
#include <vector>

#include "analysis/laws/scaling_series.h"
#include "analysis/run_group.h"

namespace lockstep::analysis {

struct ScalingPoint {
  const RunGroup* baseline = nullptr;
  const RunGroup* group = nullptr;
  Estimate baseline_s;  // per step; per epoch for kThroughput
  Estimate seconds;
  Estimate ratio;  // baseline_s / seconds
};

struct ScalingResult {
  std::vector<ScalingPoint> points;
  // One line for each group of several ranks without a point: which run is
  // missing, or why the one that is there must not be compared.
  std::vector<std::string> missing;
};

// Points into `groups`, which must outlive the result.
ScalingResult CompareRuns(const std::vector<RunGroup>& groups, Scaling scaling);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_SPEEDUP_H_
