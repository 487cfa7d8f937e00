// Does a table of collectives agree with itself? What does not is data for
// findings: the row, what it says and what it should say.

#ifndef LOCKSTEP_ANALYSIS_REPORTED_COLLECTIVE_CHECKS_H_
#define LOCKSTEP_ANALYSIS_REPORTED_COLLECTIVE_CHECKS_H_

#include <vector>

#include "analysis/reported/nccl_tests.h"
#include "report/table.h"

namespace lockstep::analysis {

struct CollectiveProblem {
  const CollectiveRow* row = nullptr;  // of the table that was checked
  double printed = 0;
  double expected = 0;
};

// algbw is not bytes / time, rounding of both allowed for. GB/s.
std::vector<CollectiveProblem> OtherAlgorithmBandwidth(
    const CollectiveTable& table);

// busbw is not algbw x the collective's factor, likewise. Empty if the table
// does not say its collective or its ranks.
std::vector<CollectiveProblem> OtherBusBandwidth(const CollectiveTable& table);

// Elements that were not the result; expected 0.
std::vector<CollectiveProblem> WrongElements(const CollectiveTable& table);

// One point of a fit of time over size: in place, as a trainer reduces its
// buckets; out of place where there is no other.
struct CollectivePoint {
  uint32_t world_size = 0;
  double bytes = 0;
  double seconds = 0;
};

// By size, without sizes of 0 bytes. Empty if the ranks are not known.
std::vector<CollectivePoint> FitPoints(const CollectiveTable& table);

// Size, type, direction, time, bandwidths, wrong elements.
Table CollectivesAloneTable(const std::vector<CollectiveTable>& tables);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORTED_COLLECTIVE_CHECKS_H_
