// A run's state on disk, from which it goes on as if it had never stopped. No
// torch.
//
// DIR/step-000000120.ckpt is written whole beside its name, synced and renamed;
// the one before it stays until then and after, older ones go. Contents carry a
// CRC32C. A full disk or a kill at any moment leaves the older file usable.

#ifndef LOCKSTEP_TRAIN_CHECKPOINT_H_
#define LOCKSTEP_TRAIN_CHECKPOINT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace lockstep {

struct Checkpoint {
  // How far training has come.
  int64_t epoch = 0;            // the one under way
  int64_t images_done = 0;      // positions of its order that are over
  int64_t epoch_steps = 0;      // steps taken in it
  int64_t steps = 0;            // over all epochs
  bool evaluation_due = false;  // `epoch` is trained but not evaluated
  double elapsed_s = 0;         // training time so far

  int world_size = 0;
  std::string run_id;                        // of the record that was stopped
  std::string log_csv;                       // log.csv so far
  std::map<std::string, std::string> flags;  // of that run

  // Parameters and optimiser state by name: raw bytes, row-major.
  std::map<std::string, std::string> tensors;
  // What differs between ranks, by rank (training_state.h).
  std::vector<std::string> rank_states;
};

// Writes `checkpoint` into `directory` (made if need be) and removes all but
// the one before it. On failure the older ones stay.
absl::Status WriteCheckpoint(const std::string& directory,
                             const Checkpoint& checkpoint);

struct FoundCheckpoint {
  Checkpoint checkpoint;
  std::string path;
  std::string warning;  // names a newer file that is damaged, or ""
};

// The newest one in `directory` that is whole. NotFound if there is none (the
// folder may be missing); DataLoss if all are damaged.
absl::StatusOr<FoundCheckpoint> ReadNewestCheckpoint(
    const std::string& directory);

}  // namespace lockstep

#endif  // LOCKSTEP_TRAIN_CHECKPOINT_H_
