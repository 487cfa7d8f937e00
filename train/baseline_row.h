// What an all-reduce of one size takes by itself, and its line in the columns
// of NVIDIA's nccl-tests. No torch: comm_baseline.h measures, the recorder and
// the screen get these.

#ifndef LOCKSTEP_TRAIN_BASELINE_ROW_H_
#define LOCKSTEP_TRAIN_BASELINE_ROW_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "train/bucket_plan.h"

namespace lockstep {

// Times in microseconds, bandwidths in GB/s (1e9 bytes); docs/metrics.md.
struct BaselineRow {
  int64_t bytes = 0;  // that each rank hands over
  int64_t elements = 0;
  std::string type;              // nccl-tests' names: float, half, bfloat16
  std::vector<double> times_us;  // one a repeat: minimum over ranks
  double time_median_us = 0, time_min_us = 0, time_max_us = 0;
  double algbw_gb_per_s = 0;  // bytes / median
  double busbw_gb_per_s = 0;  // algbw x 2 (P - 1) / P; 0 for one rank
  int64_t wrong = 0;          // wrong elements, over all ranks and repeats
};

// Fills what follows from bytes and times_us, which must not be empty.
void SummarizeTimes(int world_size, BaselineRow& row);

// What is worth measuring for buckets of these sizes: two fp32 numbers (the
// latency), each bucket, the whole gradient; ascending, each size once.
std::vector<int64_t> BaselineSizes(const std::vector<PlannedBucket>& plan);

// Lines as all_reduce_perf prints them, one a row, with '#' before the title
// and the summary. The reduction replaces its input, so there is one group of
// columns, in-place. Ends with a newline.
std::string BaselineText(const std::vector<BaselineRow>& rows);

// Internal if a sum was wrong: names the size. Whoever trains on such a link
// gets a wrong net.
absl::Status CheckBaseline(const std::vector<BaselineRow>& rows);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_BASELINE_ROW_H_
