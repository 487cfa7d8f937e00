// Amdahl's law: the part of a fixed problem that more ranks do not shorten.
//
//   T(P) = T1 (s + (1 - s) / P)
//
// Source: Amdahl, AFIPS 30 (1967) 483. T1 and s are both fitted. s is what does
// not shrink, whatever it is; communication grows with P and is not it.

#ifndef LOCKSTEP_ANALYSIS_LAWS_AMDAHL_H_
#define LOCKSTEP_ANALYSIS_LAWS_AMDAHL_H_

#include <vector>

#include "absl/status/statusor.h"
#include "analysis/laws/fit.h"
#include "analysis/laws/scaling_series.h"

namespace lockstep::analysis {

struct AmdahlFit {
  Parameter one_rank_s;       // T1
  Parameter serial_fraction;  // s, within [0, 1]
  FitQuality quality;
};

// Strong points only, of at least two numbers of ranks.
absl::StatusOr<AmdahlFit> FitAmdahl(Scaling scaling,
                                    const std::vector<ScalingTime>& times);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_LAWS_AMDAHL_H_
