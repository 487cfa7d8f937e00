// What rank 0 leaves of a run: the record, log.csv, a trace and the lines on
// standard output. No torch.

#ifndef LOCKSTEP_TRAIN_RUN_REPORT_H_
#define LOCKSTEP_TRAIN_RUN_REPORT_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "train/launch/launch.h"
#include "train/options.h"
#include "train/recorder.h"
#include "train/trace.h"

namespace lockstep {

class RunReport {
 public:
  // Where the files go and what an earlier part of the run left.
  struct Place {
    std::string directory;
    std::string log_csv;  // of the part that was stopped, "" = none
  };

  // Creates the record (and the trace) and prints the [MODEL] line. Holds
  // references to `options` and `launch`.
  static absl::StatusOr<std::unique_ptr<RunReport>> Start(
      const TrainOptions& options, const LaunchInfo& launch,
      const RunFacts& facts, Place place);

  absl::Status BucketPlan(int64_t first_step,
                          const std::vector<PlannedBucket>& plan);
  absl::Status CommBaseline(const std::vector<BaselineRow>& rows);

  // One epoch or a part of one. `timings` by rank, then by step.
  absl::Status Epoch(const EpochFacts& facts,
                     const std::vector<std::vector<StepTiming>>& timings);

  // The record's last message; later calls do nothing. From any thread, also
  // while another is in one of the calls above.
  absl::Status End(const absl::Status& outcome, int64_t steps,
                   const std::string& parameter_checksum);

  const std::string& directory() const { return place_.directory; }
  const std::string& log_csv() const { return place_.log_csv; }
  const std::string& run_id() const { return recorder_->run_id(); }

 private:
  RunReport(const TrainOptions& options, const LaunchInfo& launch, Place place)
      : options_(options), launch_(launch), place_(std::move(place)) {}

  absl::Status StartTrace(const RunFacts& facts);

  const TrainOptions& options_;
  const LaunchInfo& launch_;
  Place place_;
  std::mutex mutex_;  // guards what follows
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<TraceWriter> trace_;  // null: not asked for
  bool ended_ = false;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_RUN_REPORT_H_
