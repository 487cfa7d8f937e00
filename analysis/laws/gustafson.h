// Gustafson's law: the serial share of a step whose problem grows with the
// ranks.
//
//   P t(1) / t(P) = P - s (P - 1)
//
// the scaled speedup: t(P) is the time of a step with the same batch per rank.
// Source: Gustafson, CACM 31 (1988) 532. t(1) and s are both fitted.

#ifndef LOCKSTEP_ANALYSIS_LAWS_GUSTAFSON_H_
#define LOCKSTEP_ANALYSIS_LAWS_GUSTAFSON_H_

#include <vector>

#include "absl/status/statusor.h"
#include "analysis/laws/fit.h"
#include "analysis/laws/scaling_series.h"

namespace lockstep::analysis {

struct GustafsonFit {
  Parameter one_rank_s;       // t(1)
  Parameter serial_fraction;  // s, within [0, 1]
  FitQuality quality;         // residuals of steps per second
};

// Weak points only, of at least two numbers of ranks.
absl::StatusOr<GustafsonFit> FitGustafson(
    Scaling scaling, const std::vector<ScalingTime>& times);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_LAWS_GUSTAFSON_H_
