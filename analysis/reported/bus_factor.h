// From the rate at which a rank sees its data move to that of the links.

#ifndef LOCKSTEP_ANALYSIS_REPORTED_BUS_FACTOR_H_
#define LOCKSTEP_ANALYSIS_REPORTED_BUS_FACTOR_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace lockstep::analysis {

// busbw / algbw of a collective among `world_size` ranks: 2 (P - 1) / P for an
// all-reduce, (P - 1) / P where each rank keeps its own share, 1 from or to one
// rank. `collective` in nccl-tests' or NCCL's spelling (all_reduce_perf,
// allreduce, ncclDevKernel_AllReduce_...), or "bucket" of our traces. 0: no
// such collective. Source: NVIDIA nccl-tests, doc/PERFORMANCE.md.
double BusFactor(absl::string_view collective, uint32_t world_size);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_REPORTED_BUS_FACTOR_H_
