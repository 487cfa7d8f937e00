// Whether and from where a run goes on. No torch.

#ifndef LOCKSTEP_TRAIN_RESUME_H_
#define LOCKSTEP_TRAIN_RESUME_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "train/checkpoint.h"

namespace lockstep {

// Where a run keeps its checkpoints.
std::string CheckpointFolder(const std::string& output_dir);

// What changes the meaning of a checkpoint between the run that wrote it and
// the one that goes on.
struct FlagChanges {
  // A flag without which the checkpoint makes no sense (another net); "" =
  // none.
  std::string fatal;
  // "--lr=0.05 (was 0.1)": training goes on, but not as if never stopped.
  std::vector<std::string> notable;
};
FlagChanges CompareFlags(const std::map<std::string, std::string>& before,
                         const std::map<std::string, std::string>& now);

struct ResumePoint {
  bool found = false;
  Checkpoint checkpoint;           // if found
  std::vector<std::string> notes;  // lines for the user
};

// Looks for the newest checkpoint of `output_dir`. None at all is no error: the
// run begins, and a note says so. FailedPrecondition names a flag that must be
// as it was; DataLoss: all checkpoints are damaged.
absl::StatusOr<ResumePoint> FindResumePoint(
    const std::string& output_dir, int world_size,
    const std::map<std::string, std::string>& flags);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_RESUME_H_
