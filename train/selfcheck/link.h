// What the all-reduce baseline says about the link. No torch.

#ifndef LOCKSTEP_TRAIN_SELFCHECK_LINK_H_
#define LOCKSTEP_TRAIN_SELFCHECK_LINK_H_

#include <vector>

#include "train/baseline_row.h"
#include "train/selfcheck/check.h"

namespace lockstep {

// PASS with the table, or FAIL if a sum was wrong; then notes: the share of the
// declared peak (GB/s per direction and rank, 0 = not declared) that the
// largest size reached, and each size with less than half the bandwidth of the
// next smaller one. `rows` by size, not empty.
std::vector<Check> JudgeLink(const std::vector<BaselineRow>& rows,
                             double peak_gb_per_s);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_SELFCHECK_LINK_H_
