// What an all-reduce of some size takes, from the runs at hand.

#ifndef LOCKSTEP_ANALYSIS_COMM_MODEL_H_
#define LOCKSTEP_ANALYSIS_COMM_MODEL_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/run_group.h"

namespace lockstep::analysis {

// The alpha-beta model (laws/alpha_beta.h), fitted to the median of each size.
// Replicates are fits to resampled medians (MedianOf), alpha and beta of one
// index together.
struct CommModel {
  Estimate alpha_s;
  Estimate seconds_per_byte;  // 1 / beta
  std::string source;         // "training buckets of #2, #3"
  // Why alpha is 0 if it was not fitted; "" if it was.
  std::string without_alpha;
};

// From the buckets of the steps; from --comm_baseline if those are of one size;
// with one size in both, all time is beta's. InvalidArgument if no all-reduce
// was recorded. `groups` exchange alike.
absl::StatusOr<CommModel> CommModelOf(
    const std::vector<const RunGroup*>& groups);

}  // namespace lockstep::analysis

#endif  // LOCKSTEP_ANALYSIS_COMM_MODEL_H_
