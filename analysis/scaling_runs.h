// The runs that one scaling law is about: more and more ranks, all else the
// same.

#ifndef LOCKSTEP_ANALYSIS_SCALING_RUNS_H_
#define LOCKSTEP_ANALYSIS_SCALING_RUNS_H_

#include <string>
#include <vector>

#include "analysis/laws/scaling_series.h"
#include "analysis/run_group.h"
#include "analysis/speedup.h"

namespace lockstep::analysis {

// Points of CompareRuns with one baseline, one way to exchange gradients, and
// each number of ranks once.
struct ScalingRuns {
  Scaling scaling = Scaling::kStrong;
  std::vector<ScalingPoint> points;  // at least one
};

std::vector<ScalingRuns> ScalingRunsOf(const std::vector<RunGroup>& groups,
                                       Scaling scaling);

// What of `configuration` does not change with the number of ranks alone:
// backend, type of the gradients, bucket caps, overlap, interface, link peak.
std::string ExchangeOf(const Configuration& configuration);

// Every repeat of the baseline and the points: its median step, or its epoch
// for kThroughput.
std::vector<ScalingTime> TimesOf(const ScalingRuns& runs);

// "strong, baseline #1 (P = 1, batch 128)".
std::string NameOf(const ScalingRuns& runs);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_SCALING_RUNS_H_
