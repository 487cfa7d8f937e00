// Scaling laws (laws/) fitted to runs.

#ifndef LOCKSTEP_ANALYSIS_LAWS_TABLE_H_
#define LOCKSTEP_ANALYSIS_LAWS_TABLE_H_

#include <vector>

#include "analysis/run_group.h"
#include "report/table.h"

namespace lockstep::analysis {

// The serial fraction that each strong and each throughput point implies.
Table KarpFlattTable(const std::vector<RunGroup>& groups);

// Amdahl on strong, Gustafson on weak, USL on strong and throughput series; a
// row a parameter. A law that a series is too short for is a note, once a
// reason.
Table ScalingLawsTable(const std::vector<RunGroup>& groups);

// alpha and beta of each configuration with P > 1, from the buckets of its
// steps and from its --comm_baseline, beside each other.
Table AlphaBetaTable(const std::vector<RunGroup>& groups);

// The three, in this order.
std::vector<Table> LawsTables(const std::vector<RunGroup>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_LAWS_TABLE_H_
