// The alpha-beta model of a ring all-reduce: what a message costs, and a byte.
//
//   t = 2 (P - 1) alpha + 2 (P - 1) / P x bytes / beta
//
// Sources: Hockney, Parallel Computing 20 (1994) 389; Patarasuk and Yuan, JPDC
// 69 (2009) 117. beta is what busbw tends to for large messages. The ring is a
// convention, as it is for busbw: the algorithm that ran may be another one.

#ifndef LOCKSTEP_ANALYSIS_LAWS_ALPHA_BETA_H_
#define LOCKSTEP_ANALYSIS_LAWS_ALPHA_BETA_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/laws/fit.h"

namespace lockstep::analysis {

// One all-reduce, or the median of many alike.
struct AllReduceTime {
  uint32_t world_size = 0;  // at least 2
  double bytes = 0;
  double seconds = 0;
};

struct AlphaBetaFit {
  Parameter alpha_s;           // per message, at least 0
  Parameter beta_bytes_per_s;  // per direction and rank
  // Of (alpha in s, 1 / beta in s/byte), for what is computed from them.
  LinearFit linear;
  FitQuality quality;
};

// Seconds that the model gives an all-reduce of `bytes`; 0 for one rank.
double AllReduceSeconds(uint32_t world_size, double bytes, double alpha_s,
                        double seconds_per_byte);

// Needs at least two sizes that differ. Refuses times that do not grow with the
// size: they have no beta.
absl::StatusOr<AlphaBetaFit> FitAlphaBeta(
    const std::vector<AllReduceTime>& times);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_LAWS_ALPHA_BETA_H_
