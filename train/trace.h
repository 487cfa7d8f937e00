// A timeline of a run for ui.perfetto.dev or chrome://tracing: all ranks on
// rank 0's clock, one process a rank, "compute" and "communication" below it.
//
// The file is Chrome's trace event format, its array form: complete events
// (ph "X"), microseconds with three decimals, time 0 at the first event. It is
// whole JSON after every call, so a killed run leaves one that can be opened.
// Format: "Trace Event Format", the Chromium project. No torch.
//
// Slices: "step N" on "compute", and in it the parts of docs/metrics.md; one
// "bucket K" a collective on "communication", with an arrow from the moment
// when its last gradient was there.

#ifndef LOCKSTEP_TRAIN_TRACE_H_
#define LOCKSTEP_TRAIN_TRACE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "train/bucket_plan.h"
#include "train/step_timing.h"

namespace lockstep {

struct TraceOptions {
  // Later steps are left out, with an event that says so. A step of two
  // buckets is 1.1 kB a rank.
  int64_t max_steps = 2000;
};

// One writer a run, on rank 0. Not thread-safe.
class TraceWriter {
 public:
  // Creates `path`. `rank_names` by rank ("rank 0 (node7)"); `clocks` by rank,
  // of the same length. AlreadyExists if there is something, PermissionDenied
  // or NotFound if it cannot be made.
  static absl::StatusOr<std::unique_ptr<TraceWriter>> Create(
      const std::string& path, const std::vector<std::string>& rank_names,
      const std::vector<ClockOffset>& clocks, TraceOptions options = {});
  ~TraceWriter();
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;

  // What the buckets hold from global step `first_step` on, for the slices'
  // "bytes". Before the steps; a later call replaces it from its step on.
  void SetBucketPlan(int64_t first_step,
                     const std::vector<PlannedBucket>& plan);

  // Appends steps `first_step` and following (global numbers) of `epoch`, in
  // order. `timings` by rank, then by step; all ranks have equally many, and a
  // step's buckets do not overlap, as the reducer's never do. Internal if the
  // ranks disagree or the file cannot be written; then nothing more is added.
  absl::Status AddSteps(int64_t epoch, int64_t first_step,
                        const std::vector<std::vector<StepTiming>>& timings);

  // Writes out what is left; nothing can be added afterwards. The destructor
  // does the same and ignores the status.
  absl::Status Close();

 private:
  struct Plan {
    int64_t first_step;
    std::vector<int64_t> bytes;
  };

  TraceWriter(int fd, std::string path, std::vector<ClockOffset> clocks,
              TraceOptions options);

  int64_t Aligned(int64_t ns, int rank) const;
  std::string Bytes(int64_t step, size_t bucket) const;
  void AddNames(const std::vector<std::string>& rank_names);
  void AddSlice(int thread, int rank, const std::string& name, int64_t begin_ns,
                int64_t end_ns, const std::string& arguments);
  void AddStep(int64_t epoch, int64_t step, int rank, const StepTiming& timing);
  void AddBucket(int64_t step, int rank, size_t bucket,
                 const BucketInterval& interval);
  void AddArrow(int rank, int64_t ready_ns, int64_t start_ns);
  void AddEndNote(int64_t at_ns);
  void StartAt(const std::vector<std::vector<StepTiming>>& timings);
  void Add(const std::string& event);
  absl::Status Flush();

  int fd_;  // -1 when closed
  const std::string path_;
  const std::vector<ClockOffset> clocks_;  // by rank
  const TraceOptions options_;
  std::vector<Plan> plans_;
  std::string events_;       // not written yet
  int64_t size_ = 0;         // bytes of the file without its closing bracket
  int64_t origin_ns_ = 0;    // time 0, on rank 0's clock
  int64_t steps_ = 0;        // written or in events_
  int64_t arrows_ = 0;       // ids of the arrows
  bool has_origin_ = false;  // a step has come
  bool is_full_ = false;     // max_steps is reached, or the disk is full
};

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_TRACE_H_
