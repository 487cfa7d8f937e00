// Are the ranks' clocks comparable, and do they stay so?  No torch.

#ifndef LOCKSTEP_TRAIN_SELFCHECK_CLOCKS_H_
#define LOCKSTEP_TRAIN_SELFCHECK_CLOCKS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "train/selfcheck/check.h"
#include "train/step_timing.h"

namespace lockstep {

// A rank's clock against rank 0's, at two moments.
struct ClockReadings {
  ClockOffset first, last;
  int64_t apart_ns = 0;  // from the first moment to the last, 0 or more
  std::string problem;   // why there is no reading; "" = there is
};

// For an all-gather between ranks. DataLoss if it is anything else.
std::string EncodeClockReadings(const ClockReadings& readings);
absl::StatusOr<ClockReadings> DecodeClockReadings(const std::string& text);

// A table of all ranks' offsets, errors and drifts; FAIL only if a clock could
// not be read. By rank, not empty.
Check JudgeClocks(const std::vector<ClockReadings>& ranks);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_SELFCHECK_CLOCKS_H_
