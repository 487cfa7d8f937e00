// Karp-Flatt: the serial fraction that a single speedup implies.
//
//   e(P) = (1 / S - 1 / P) / (1 - 1 / P)
//
// Source: Karp and Flatt, CACM 33 (1990) 539. The same at every P: work that is
// serial. Rising with P: a cost that grows with the ranks, such as
// communication, which no serial fraction describes. Below 0: superlinear.

#ifndef LOCKSTEP_ANALYSIS_LAWS_KARP_FLATT_H_
#define LOCKSTEP_ANALYSIS_LAWS_KARP_FLATT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "report/statistics.h"

namespace lockstep::analysis {

// `world_size` above 1, `speedup` above 0.
double KarpFlatt(double speedup, uint32_t world_size);
Estimate KarpFlatt(const Estimate& speedup, uint32_t world_size);

struct KarpFlattPoint {
  uint32_t world_size = 0;
  Estimate fraction;
};

// One line: whether e rises from the smallest to the largest P and what that
// means; says so where the intervals overlap or a point has none. "" for fewer
// than two numbers of ranks.
std::string KarpFlattTrend(const std::vector<KarpFlattPoint>& points);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_LAWS_KARP_FLATT_H_
