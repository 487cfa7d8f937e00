// The universal scalability law: contention and coherence.
//
//   T(P) = T1 (1 + sigma (P - 1) + kappa P (P - 1)) / P
//
// for one and the same work at every P. sigma: the share that queues up; with
// kappa = 0 it is Amdahl's serial fraction. kappa: the share that each rank
// spends on every other one. Source: Gunther, Guerrilla Capacity Planning
// (2007), chapter 4.

#ifndef LOCKSTEP_ANALYSIS_LAWS_USL_H_
#define LOCKSTEP_ANALYSIS_LAWS_USL_H_

#include <vector>

#include "absl/status/statusor.h"
#include "analysis/laws/fit.h"
#include "analysis/laws/scaling_series.h"

namespace lockstep::analysis {

struct UslFit {
  Parameter one_rank_s;  // T1
  Parameter contention;  // sigma, at least 0
  Parameter coherence;   // kappa, at least 0
  // sqrt((1 - sigma) / kappa), at least 1: where more ranks begin to cost time.
  // Infinite if kappa is 0: throughput only grows.
  Parameter peak_world_size;
  FitQuality quality;
};

// Strong or throughput points of at least four numbers of ranks: three
// parameters, and something to judge them by.
absl::StatusOr<UslFit> FitUsl(Scaling scaling,
                              const std::vector<ScalingTime>& times);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_LAWS_USL_H_
